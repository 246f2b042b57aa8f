package continual

import (
	"fmt"
	"slices"
	"strings"
)

// Protocol says what a pupil is shown, see the package comment.
type Protocol string

// The protocols.
const (
	ClassIncremental  Protocol = "a"
	Online            Protocol = "b"
	DomainIncremental Protocol = "c"
	Teaching          Protocol = "d"
)

// Protocols lists all.
func Protocols() []Protocol {
	return []Protocol{ClassIncremental, Online, DomainIncremental, Teaching}
}

// ParseProtocol returns the protocol of that name.
func ParseProtocol(name string) (Protocol, error) { return parse(name, "protocol", Protocols()) }

// Told tells whether pupils hear when a task begins.
func (p Protocol) Told() bool { return p == ClassIncremental || p == DomainIncremental }

// batch is how many images come at once, unless the plan says otherwise.
func (p Protocol) batch() int {
	if p.Told() {
		return 128
	}
	return 10
}

// group is what accuracies are told apart by.
func (p Protocol) group() string {
	if p == DomainIncremental {
		return "task"
	}
	return "class"
}

// Variant says how the images of protocol c change from task to task.
type Variant string

// The variants: angles are drawn from 0 to 180°.
const (
	Rotations    Variant = "rotations"
	Permutations Variant = "permutations"
)

// Variants lists both.
func Variants() []Variant { return []Variant{Rotations, Permutations} }

// ParseVariant returns the variant of that name.
func ParseVariant(name string) (Variant, error) { return parse(name, "variant", Variants()) }

func parse[T ~string](name, what string, all []T) (T, error) {
	if slices.Contains(all, T(name)) {
		return T(name), nil
	}
	names := make([]string, len(all))
	for i, v := range all {
		names[i] = string(v)
	}
	return "", fmt.Errorf("no %s %q, there are %s", what, name, strings.Join(names, ", "))
}
