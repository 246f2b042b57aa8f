package data

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/model"
)

// classIndex numbers class names.
type classIndex struct {
	names []string
	index map[string]int32
	fixed bool // a new name is an error
}

// newClassIndex starts with given names, and then takes no others, or, when
// there are none, takes any.
func newClassIndex(given []string) *classIndex {
	c := &classIndex{names: slices.Clone(given), index: make(map[string]int32), fixed: given != nil}
	for i, name := range given {
		c.index[name] = int32(i)
	}
	return c
}

// label returns the number of a class, taking the next one for a new name.
func (c *classIndex) label(name string) (int32, error) {
	if l, ok := c.index[name]; ok {
		return l, nil
	}
	switch {
	case c.fixed:
		return 0, fmt.Errorf("%w %s, want one of %s", ErrUnknownClass, quoteShort(name), listNames(c.names))
	case name == "":
		return 0, fmt.Errorf("class name is empty")
	case len(name) > maxNameBytes:
		return 0, fmt.Errorf("class name of %d bytes, at most %d allowed", len(name), maxNameBytes)
	case len(c.names) == model.MaxClasses:
		return 0, fmt.Errorf("%w: more than %d classes", ErrTooLarge, model.MaxClasses)
	}
	l := int32(len(c.names))
	c.names = append(c.names, name)
	c.index[name] = l
	return l, nil
}

// order sorts the names, unless they were given, and renumbers labels to
// match.
func (c *classIndex) order(labels []int32) {
	if c.fixed {
		return
	}
	before := slices.Clone(c.names)
	slices.SortFunc(c.names, compareNatural)
	for i, name := range c.names {
		c.index[name] = int32(i)
	}
	for i, l := range labels {
		labels[i] = c.index[before[l]]
	}
}

// numberNames returns "0"…"n−1", the names of classes that are only numbered.
func numberNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

// areNumbers tells names that are all whole numbers from ones that say more.
func areNumbers(names []string) bool {
	return !slices.ContainsFunc(names, func(s string) bool {
		n, err := strconv.Atoi(s)
		return err != nil || strconv.Itoa(n) != s
	})
}

// listNames joins a few names for an error message.
func listNames(names []string) string {
	const shown = 10
	var list []string
	for _, name := range names[:min(len(names), shown)] {
		list = append(list, quoteShort(name))
	}
	if more := len(names) - shown; more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(list, ", ")
}

// quoteShort quotes text for an error message, cut to a readable length.
func quoteShort(s string) string {
	const limit = 40
	if r := []rune(s[:min(len(s), 4*limit)]); len(r) > limit {
		return strconv.Quote(string(r[:limit])) + "…"
	}
	return strconv.Quote(s)
}
