package simd

import "encoding/binary"

// span is groups from…to of a row that are not all zero.
type span struct{ from, to int }

// spanGap is how many groups of zeros end a span: what a call of a kernel costs.
const spanGap = 4

// spansOf returns where a single row is not zero: the ink of an image, say, between
// whose strokes a product need not read any weights. Of several rows, there is
// nothing to return. The result is valid until the next call.
func (p *Pool) spansOf(a MatrixU7) []span {
	if a.Rows != 1 {
		return nil
	}
	p.spans = p.spans[:0]
	gap := spanGap
	for g := range groupsOf(a.Cols) { // the row's padding is zero
		if binary.NativeEndian.Uint32(a.Data[4*g:]) == 0 {
			gap++
			continue
		}
		if gap >= spanGap {
			p.spans = append(p.spans, span{g, g})
		}
		p.spans[len(p.spans)-1].to, gap = g+1, 0
	}
	return p.spans
}
