package runtime

import "github.com/pffedge/pffedge/simd"

// startMasked computes the start states of the samples idx, masked as
// Settings.Mask asks.
func (t *Trainer) startMasked(idx []int) {
	if t.set.Mask == 0 || !t.model.Config.Input.IsImage() {
		t.start(t.s)
		return
	}
	// Which inputs are hidden depends on seed, epoch and sample alone.
	t.mask = maskTask{nx: t.s.nx, x: t.s.x, idx: idx, share: t.set.Mask, key: simd.Mix(t.set.Seed, forMask, uint64(t.epoch)), reader: t.w.up[0].reader()}
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

	reader reader
}

func (t *maskTask) Part(i, n int) {
	lo, hi := simd.Share(t.x.Rows, i, n)
	for r := lo; r < hi; r++ {
		row := t.nx.PaddedRow(r)
		if t.reader.int8 { // nothing reads x once n(x) is there
			row = t.x.PaddedRow(r)
		}
		maskRow(row, t.x.PaddedRow(r), t.share, simd.Mix(t.key, uint64(t.idx[r])))
		t.reader.write(t.nx.PaddedRow(r), row, simd.SumSquaresF32(row))
	}
}

// maskRow writes src to dst but for a random share of it, which becomes zero. A
// random word decides on four values, with 16 bits each.
func maskRow(dst, src []float32, share float64, key uint64) {
	const words = 4
	hidden := uint16(share * (1 << 16))
	for i := 0; i < len(src); i += words {
		bits := simd.Mix(key, uint64(i))
		for j := i; j < min(i+words, len(src)); j++ {
			dst[j] = src[j]
			if uint16(bits) < hidden {
				dst[j] = 0
			}
			bits >>= 16
		}
	}
}
