package simd

import "encoding/binary"

// A single row of activations is mostly zeros: an image between its strokes, a layer
// whose relu lets few through. A product need not read the weights that these are
// multiplied with. Where there is a kernel for it, it goes through a list of the
// groups of four that are not all zero, in pure Go of the values that are not;
// elsewhere through the spans of groups between longer gaps.

// groupList holds the groups of a row that are not all zero, or single values.
type groupList struct {
	values []uint32 // of a group its bytes, as they lie in memory
	at     []int32  // where their weights begin in a panel; nil in an unused list
	single bool
}

// groupsOfRow returns those of a, or an unused list where there are several rows, too
// many groups to be worth it, or no kernel. It is valid until the next call.
func (p *Pool) groupsOfRow(a MatrixU7) groupList {
	all := groupsOf(a.Cols)
	single := active == Generic
	if a.Rows != 1 || !hasSparseI8() && !single || a.Cols > sumDepth {
		return groupList{}
	}
	if cap(p.groups.at) < 4*all {
		p.groups = groupList{values: make([]uint32, 4*all), at: make([]int32, 4*all)}
	}
	if single {
		return p.groups.ofValues(a.Row(0))
	}
	values, at, n := p.groups.values[:all], p.groups.at[:all], 0
	for g := range all { // the row's padding is zero
		v := binary.NativeEndian.Uint32(a.Data[4*g:])
		values[n], at[n] = v, int32(g*lineBytes)
		if v != 0 {
			n++
		}
	}
	if 4*n > sparseShare*all {
		return groupList{}
	}
	return groupList{values: values[:n], at: at[:n]}
}

// ofValues returns the values of x that are not zero in l's memory, or an unused
// list where they are too many.
func (l groupList) ofValues(x []uint8) groupList {
	n := 0
	for i, v := range x {
		l.values[n], l.at[n] = uint32(v), int32(i/4*lineBytes+i%4)
		if v != 0 {
			n++
		}
	}
	if 4*n > sparseShare*len(x) {
		return groupList{}
	}
	return groupList{l.values[:n], l.at[:n], true}
}

// span is groups from…to of a row that are not all zero.
type span struct{ from, to int }

// spanGap is how many groups of zeros end a span: what a call of a kernel costs.
const spanGap = 4

// spansOfRow returns those of a, of several rows none. The result is valid until
// the next call.
func (p *Pool) spansOfRow(a MatrixU7) []span {
	if a.Rows != 1 {
		return nil
	}
	spans, from, last, row := p.spans[:0], -1, 0, a.Data[:a.Stride]
	for g := 0; len(row) >= 4; g, row = g+1, row[4:] { // to the end of the padding, which is zero
		if binary.NativeEndian.Uint32(row) == 0 {
			continue
		}
		if from < 0 || g-last > spanGap {
			if from >= 0 {
				spans = append(spans, span{from, last + 1})
			}
			from = g
		}
		last = g
	}
	if from >= 0 {
		spans = append(spans, span{from, last + 1})
	}
	p.spans = spans
	return spans
}
