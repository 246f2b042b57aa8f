package runtime

import (
	"math"

	"github.com/pffedge/pffedge/simd"
)

// startMasked computes the start states of the samples idx, masked as
// Settings.Mask asks.
func (t *Trainer) startMasked(idx []int) {
	if t.set.Mask == 0 || !t.model.Config.Input.IsImage() {
		t.start(t.s)
		return
	}
	// Which inputs are hidden depends on seed, epoch and sample alone.
	t.mask = maskTask{nx: t.s.nx, x: t.s.x, idx: idx, share: t.set.Mask, key: simd.Mix(t.set.Seed, forMask, uint64(t.epoch)), reader: t.w.up[0].reader()}
	switch t.mask.masked = t.s.nx; {
	case t.set.Int8 && t.set.Generative: // the room for what it will predict is free
		t.mask.masked = t.g.out[0]
	case t.set.Int8: // nothing reads x once n(x) is there
		t.mask.masked = t.s.x
	}
	t.pool.Run(&t.mask, t.s.x.Rows*t.s.x.Cols*elementCost)
	t.forward(t.s)
}

// maskTask writes the normalised rows of x to nx, without what is hidden of
// them.
type maskTask struct {
	nx, x simd.Matrix
	idx   []int // per row: its sample
	share float64
	key   uint64

	masked simd.Matrix // inputs×D, where the masked rows go before they are normalised
	reader reader
}

func (t *maskTask) Part(i, n int) {
	lo, hi := simd.Share(t.x.Rows, i, n)
	for r := lo; r < hi; r++ {
		row := t.masked.PaddedRow(r)
		maskRow(row, t.x.PaddedRow(r), t.share, simd.Mix(t.key, uint64(t.idx[r])))
		t.reader.write(t.nx.PaddedRow(r), row, simd.SumSquaresF32(row))
	}
}

// maskRow writes src to dst but for a random share of it, which becomes zero. A
// random word decides on four values, with 16 bits each.
func maskRow(dst, src []float32, share float64, key uint64) {
	const words = 4
	hidden := uint32(uint16(share * (1 << 16)))
	i := 0
	for ; i+words <= len(src); i += words {
		bits := simd.Mix(key, uint64(i))
		to, from := (*[words]float32)(dst[i:]), (*[words]float32)(src[i:])
		to[0], to[1] = shown(from[0], bits, hidden), shown(from[1], bits>>16, hidden)
		to[2], to[3] = shown(from[2], bits>>32, hidden), shown(from[3], bits>>48, hidden)
	}
	if i < len(src) {
		bits := simd.Mix(key, uint64(i))
		for ; i < len(src); i++ {
			dst[i] = shown(src[i], bits, hidden)
			bits >>= 16
		}
	}
}

// shown returns v, or 0 if the lower 16 bits are less than hidden. A branch would be
// mispredicted as often as values are hidden.
func shown(v float32, bits uint64, hidden uint32) float32 {
	less := uint32(bits)&0xffff - hidden // negative if they are
	return math.Float32frombits(math.Float32bits(v) &^ uint32(int32(less)>>31))
}
