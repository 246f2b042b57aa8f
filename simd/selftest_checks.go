package simd

import "fmt"

// quickChecks has every operation at few sizes: each height of a tile from one to
// more than the tallest has, two panels and a rest; of a single row, thirteen
// panels, which are eight, four and one.
func quickChecks() []check {
	list := []check{
		gemmCheck(1, 19, 205), gemmCheck(13, 21, 51), gemmAddCheck(1, 5, 205), gemmAddCheck(13, 9, 51),
		sparseCheck(24, 205), gemmNTCheck(3, 14, 51),
		gemmTCheck(9, 15, 45), gemmTAddCheck(9, 15, 45), updateCheck(9, 15, 45), updateCheck(1, 15, 45), updateSGDCheck(9, 15, 45),
		updateLeanCheck(9, 15, 45, 16), updateLeanCheck(9, 15, 45, 8),
		blockAddCheck(8, 47), competitionCheck(8, 47), gatherAddCheck(5, 9, 51),
		gemmI8Check(1, 19, 205), gemmI8Check(13, 21, 51), gemmAddI8Check(13, 9, 51), sparseI8Check(60, 205),
	}
	for m := 2; m < 13; m++ {
		list = append(list, gemmCheck(m, 9, 45), gemmTCheck(9, m, 45), gemmI8Check(m, 21, 45))
	}
	return append(list, rowChecks(83)...)
}

// thoroughChecks has every height of a tile and many widths, blocks of steps,
// of samples and of a gradient, and rows of other lengths, long ones in pieces.
func thoroughChecks() (list []check) {
	for m := range 27 {
		list = append(list, gemmCheck(m+1, 7, 67), gemmTCheck(7, m+1, 35), gemmI8Check(m+1, 11, 67), blockAddCheck(m+1, 33))
	}
	for _, n := range []int{2, 16, 33, 70, 130, 260} {
		list = append(list, gemmCheck(1, 40, n), gemmCheck(14, 40, n), sparseCheck(40, n), gemmNTCheck(2, 9, n),
			gemmTCheck(5, 7, n), updateCheck(5, 9, n), gemmI8Check(1, 40, n), gemmI8Check(14, 40, n), sparseI8Check(80, n))
		list = append(list, rowChecks(n)...)
	}
	list = append(list, rowChecks(longestRow+19)...)
	return append(list, gemmCheck(1, 300, 35), gemmCheck(14, 530, 35), gemmTCheck(260, 13, 19), updateCheck(3, 200, 19),
		updateLeanCheck(3, 200, 19, 16), updateLeanCheck(3, 200, 19, 8), gemmI8Check(14, 1100, 19))
}

func shapeOf(operation string, m, k, n int) string {
	return fmt.Sprintf("%s of %d×%d by %d×%d", operation, m, k, k, n)
}

func gemmCheck(m, k, n int) check {
	return check{shapeOf("GemmF32", m, k, n), k, func(t *trial) {
		dst := t.zeros(m, n)
		t.pool.GemmF32(dst, t.matrix(m, k), t.packed(k, n))
		t.keepMatrix(dst)
	}}
}

func gemmAddCheck(m, k, n int) check {
	return check{shapeOf("GemmAddF32", m, k, n), k + 1, func(t *trial) {
		dst := t.matrix(m, n)
		t.pool.GemmAddF32(dst, t.matrix(m, k), t.packed(k, n))
		t.keepMatrix(dst)
	}}
}

// sparseCheck is the product of a row of which one value in seven is not zero.
func sparseCheck(k, n int) check {
	return check{shapeOf("GemmF32 with zeros", 1, k, n), k, func(t *trial) {
		dst, a := t.zeros(1, n), t.matrix(1, k)
		for i := range a.Row(0) {
			if i%7 != 2 {
				a.Row(0)[i] = 0
			}
		}
		t.pool.GemmF32(dst, a, t.packed(k, n))
		t.keepMatrix(dst)
	}}
}

func gemmNTCheck(m, k, n int) check {
	name := fmt.Sprintf("GemmNTF32 of %d×%d by (%d×%d)ᵀ", m, n, k, n)
	return check{name, n, func(t *trial) {
		dst := t.zeros(m, k)
		t.pool.GemmNTF32(dst, t.matrix(m, n), t.packed(k, n))
		t.keepMatrix(dst)
	}}
}

func transposed(operation string, m, k, n int) string {
	return fmt.Sprintf("%s of (%d×%d)ᵀ by %d×%d", operation, m, k, m, n)
}

func gemmTCheck(m, k, n int) check {
	return check{transposed("GemmTF32", m, k, n), m, func(t *trial) {
		dst := t.zeroWeights(k, n)
		t.pool.GemmTF32(dst, t.matrix(m, k), t.matrix(m, n))
		t.keepPacked("dst", dst)
	}}
}

func gemmTAddCheck(m, k, n int) check {
	return check{transposed("GemmTAddF32", m, k, n), m + 1, func(t *trial) {
		dst := t.packed(k, n)
		t.pool.GemmTAddF32(dst, t.matrix(m, k), t.matrix(m, n))
		t.keepPacked("dst", dst)
	}}
}

// selfTestAdam clips some gradients and has every term.
var selfTestAdam = AdamStep{
	Rate: 0.01, Beta1: 0.9, OneMinusBeta1: 0.1, Beta2: 0.999, OneMinusBeta2: 0.001, Epsilon: 1e-7, Clip: 0.5, Decay: 0.01,
}

var selfTestSGD = SGDStep{Rate: 0.01, Clip: 0.5, Decay: 0.01}

// updateCheck demands the same bits: the gradient's terms are so few and so
// coarse that its sum is exact, and the rest fuses nothing.
func updateCheck(m, k, n int) check {
	return check{transposed("UpdateF32", m, k, n), 0, func(t *trial) {
		w, first, second := t.packed(k, n), t.packed(k, n), t.moments(k, n)
		t.coarse = true
		t.pool.UpdateF32(w, first, second, t.matrix(m, k), t.matrix(m, n), selfTestAdam)
		t.keepPacked("w", w)
		t.keepPacked("m", first)
		t.keepPacked("v", second)
	}}
}

// updateLeanCheck is made as updateCheck is.
func updateLeanCheck(m, k, n, bits int) check {
	return check{transposed(fmt.Sprintf("UpdateMomentsF32 (%d bits)", bits), m, k, n), 0, func(t *trial) {
		w, moments := t.packed(k, n), t.lean(PackedLen(k, n), bits)
		t.coarse = true
		t.pool.UpdateMomentsF32(w, &moments, t.matrix(m, k), t.matrix(m, n), selfTestAdam, 0x2301_0145)
		t.keepPacked("w", w)
		t.keepLean(moments)
	}}
}

// updateSGDCheck is made as updateCheck is.
func updateSGDCheck(m, k, n int) check {
	return check{transposed("UpdateSGDF32", m, k, n), 0, func(t *trial) {
		w := t.packed(k, n)
		t.coarse = true
		t.pool.UpdateSGDF32(w, t.matrix(m, k), t.matrix(m, n), selfTestSGD)
		t.keepPacked("w", w)
	}}
}

func (t *trial) blocks(b Blocks) []float32 {
	x := t.floats(b.Len())
	for row := range b.Units {
		from := row / b.Group * b.Group
		t.fill(x[b.Index(row, from):][:min(b.Group, b.Units-from)])
	}
	return x
}

func blockAddCheck(m, units int) check {
	b := Blocks{Units: units, Group: 10}
	return check{fmt.Sprintf("BlockAddF32 of %d×%d", m, units), b.Group + 1, func(t *trial) {
		dst := t.matrix(m, units)
		t.pool.BlockAddF32(dst, t.matrix(m, units), t.blocks(b), b)
		t.keepMatrix(dst)
	}}
}

func competitionCheck(m, units int) check {
	b := Blocks{Units: units, Group: 10}
	return check{fmt.Sprintf("CompetitionGradientF32 of %d×%d", m, units), m, func(t *trial) {
		dst := t.floats(b.Len())
		absolute := t.absolute
		t.absolute = true // of l, so that nothing is masked
		l := t.blocks(b)
		t.absolute = absolute
		t.pool.CompetitionGradientF32(dst, l, t.matrix(m, units), t.matrix(m, units), b)
		keep(t, "dst", dst...)
	}}
}

func gatherAddCheck(m, k, n int) check {
	return check{fmt.Sprintf("GatherAddF32 of %d rows of %d×%d", m, k, n), 0, func(t *trial) {
		dst, rows := t.matrix(m, n), make([]int, m)
		for i := range rows {
			rows[i] = i*5%(k+1) - 1 // −1 is no row
		}
		t.pool.GatherAddF32(dst, rows, 1.7, t.packed(k, n))
		t.keepMatrix(dst)
	}}
}

func gemmI8Check(m, k, n int) check {
	return check{shapeOf("GemmI8", m, k, n), 0, func(t *trial) {
		dst := t.zeroSums(m, n)
		t.pool.GemmI8(dst, t.activations(m, k), t.weights(k, n))
		t.keepSums(dst)
	}}
}

func gemmAddI8Check(m, k, n int) check {
	return check{shapeOf("GemmAddI8", m, k, n), 0, func(t *trial) {
		dst := t.zeroSums(m, n)
		for r := range m {
			copy(dst.Row(r), t.sums(n))
		}
		t.pool.GemmAddI8(dst, t.activations(m, k), t.weights(k, n))
		t.keepSums(dst)
	}}
}

// sparseI8Check is the product of a row of which one value in seven is not zero.
func sparseI8Check(k, n int) check {
	return check{shapeOf("GemmI8 with zeros", 1, k, n), 0, func(t *trial) {
		dst, a := t.zeroSums(1, n), t.activations(1, k)
		for i := range a.Row(0) {
			if i%7 != 2 {
				a.Row(0)[i] = 0
			}
		}
		t.pool.GemmI8(dst, a, t.weights(k, n))
		t.keepSums(dst)
	}}
}
