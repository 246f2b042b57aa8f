package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// report writes what was measured, as it comes.
type report interface {
	machine(machine) error
	operation(op operation) error // before its rows
	row([]result) error
	units([]unit) error
	engine([]timing) error
}

// jsonLines writes one object a line.
type jsonLines struct{ *json.Encoder }

func (r jsonLines) machine(m machine) error   { return r.Encode(m) }
func (r jsonLines) operation(operation) error { return nil }
func (r jsonLines) row(list []result) error   { return encodeAll(r.Encoder, list) }
func (r jsonLines) units(list []unit) error   { return encodeAll(r.Encoder, list) }

func (r jsonLines) engine(list []timing) error { return encodeAll(r.Encoder, list) }

func encodeAll[T any](to *json.Encoder, list []T) error {
	for _, one := range list {
		if err := to.Encode(one); err != nil {
			return err
		}
	}
	return nil
}

// table writes aligned columns.
type table struct {
	out     io.Writer
	columns []string // the peers of the operation at hand
}

func (t *table) machine(m machine) error {
	lines := []string{
		fmt.Sprintf("%s, %d CPUs, load %s before this run, %s", m.CPU, m.CPUs, cmp.Or(m.Load, "unknown"), m.Go),
		fmt.Sprintf("  %-9s kernels %s", ours, m.Kernels),
	}
	for _, name := range slices.Sorted(maps.Keys(m.Libraries)) {
		lines = append(lines, fmt.Sprintf("  %-9s %s", name, m.Libraries[name]))
	}
	for _, absent := range m.Absent {
		lines = append(lines, "  left out: "+absent)
	}
	lines = append(lines,
		fmt.Sprintf("GF/s of the product alone in %s time, medians. In brackets ours over the library's (above 1: ours is faster), median and quartiles of the rounds.", m.Clock))
	_, err := fmt.Fprintln(t.out, strings.Join(lines, "\n"))
	return err
}

const (
	shapeFormat = "%-6s %5v %5v %5v %7v %9s"
	peerFormat  = " %9s %-21s"
)

func (t *table) operation(op operation) error {
	t.columns = op.peers
	line := fmt.Sprintf(shapeFormat, "op", "m", "k", "n", "threads", ours)
	for _, name := range t.columns {
		line += fmt.Sprintf(peerFormat, name, "")
	}
	_, err := fmt.Fprintln(t.out, "\n"+strings.TrimRight(line, " "))
	return err
}

func (t *table) row(list []result) error {
	r := list[0]
	line := fmt.Sprintf(shapeFormat, r.Op, r.M, r.K, r.N, r.Threads, fmt.Sprintf("%.1f", r.Gflops))
	for _, name := range t.columns {
		line += t.cell(name, list)
	}
	_, err := fmt.Fprintln(t.out, strings.TrimRight(line, " "))
	return err
}

// cell is the columns of one peer, a dash where it is absent.
func (t *table) cell(name string, list []result) string {
	i := slices.IndexFunc(list, func(r result) bool { return r.Library == name })
	if i < 0 {
		return fmt.Sprintf(peerFormat, "–", "")
	}
	r := list[i]
	return fmt.Sprintf(peerFormat, fmt.Sprintf("%.1f", r.Gflops), fmt.Sprintf("(%s %s–%s)", short(r.Ratio), short(r.RatioQ1), short(r.RatioQ3)))
}

// short writes a ratio with three digits or so.
func short(ratio float64) string {
	if ratio >= 10 {
		return fmt.Sprintf("%.1f", ratio)
	}
	return fmt.Sprintf("%.2f", ratio)
}

// engine writes, for each line, the time, its quartiles and what it is in
// proportion to the other thing of the same rounds.
func (t *table) engine(list []timing) error {
	if _, err := fmt.Fprintln(t.out); err != nil {
		return err
	}
	for _, m := range list {
		_, err := fmt.Fprintf(t.out, "%-64s %d threads, %d rounds  %10.6f s (%.6f–%.6f) = %s %s (%s–%s)\n",
			m.What, m.Threads, m.Rounds, m.Seconds, m.Q1, m.Q3, short(m.Ratio), m.Of, short(m.RatioQ1), short(m.RatioQ3))
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *table) units(list []unit) error {
	for i, u := range list {
		if i == 0 {
			fmt.Fprintf(t.out, "\nunit: %s by openblas, kernels %s\n", u.Unit, u.Kernels)
		}
		if _, err := fmt.Fprintf(t.out, "  %d threads  %.4f s (%.4f–%.4f)\n", u.Threads, u.Seconds, u.Q1, u.Q3); err != nil {
			return err
		}
	}
	return nil
}
