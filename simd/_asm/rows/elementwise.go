package main

// The row operations without a transcendental function. Comments give a
// block's formula in the terms of the Go kernel.

func sumSquares() {
	kernel("sumSquaresF32", "func(sums *[16]float32, x *float32, n int)", "for n a positive multiple of 16.")
	x := floats("x")[0]
	sums := loadLanes()
	loop(x, block, func() {
		comment("sums += x·x")
		v := load(x.next())
		sums.add(mul(v, v))
	})
	sums.store()
	end()
}

func dot() {
	kernel("dotF32", "func(sums *[16]float32, x, y *float32, n int)", "for n a positive multiple of 16.")
	in := floats("x", "y")
	x, y := in[0], in[1]
	sums := loadLanes()
	loop(x, block, func() {
		comment("sums += x·y")
		sums.add(mul(load(x.next()), y.next()))
	})
	sums.store()
	end()
}

func scale() {
	kernel("scaleF32", "func(dst, x *float32, n int, s float32)", "for n a positive multiple of 16.")
	rows := floats("dst", "x")
	dst, x := rows[0], rows[1]
	s := broadcast("s")
	loop(x, block, func() {
		comment("dst = s·x")
		store(mul(s, x.next()), dst.next())
	})
	end()
}

func axpy() {
	kernel("axpyF32", "func(dst, x *float32, n int, s float32)", "for n a positive multiple of 16.")
	rows := floats("dst", "x")
	dst, x := rows[0], rows[1]
	s := broadcast("s")
	loop(x, block, func() {
		comment("dst += s·x")
		store(add(mul(s, x.next()), dst.next()), dst.next())
	})
	end()
}

func relu() {
	kernel("reluF32", "func(dst, x *float32, n int)", "for n a positive multiple of 16.")
	rows := floats("dst", "x")
	dst, x := rows[0], rows[1]
	none := zero()
	loop(x, block, func() {
		comment("dst = max(x, 0)")
		store(positive(x.next(), none), dst.next())
	})
	end()
}

func biasRelu() {
	kernel("biasReluF32", "func(dst, pre, bias *float32, n int)", "for n a positive multiple of 16.")
	rows := floats("dst", "pre", "bias")
	dst, pre, bias := rows[0], rows[1], rows[2]
	none := zero()
	loop(pre, block, func() {
		comment("dst = max(pre + bias, 0)")
		store(positive(add(load(pre.next()), bias.next()), none), dst.next())
	})
	end()
}

func step() {
	kernel("stepF32", "func(sums *[16]float32, dst, pre, bias, z *float32, n int, gain, leak float32)", "for n a positive multiple of 16.")
	rows := floats("dst", "pre", "bias", "z")
	dst, pre, bias, z := rows[0], rows[1], rows[2], rows[3]
	sums := loadLanes()
	gain, leak, none := broadcast("gain"), broadcast("leak"), zero()
	loop(dst, block, func() {
		comment("dst = gain·max(pre + bias, 0) + leak·z; sums += dst·dst")
		active := positive(add(load(pre.next()), bias.next()), none)
		v := add(mul(gain, active), mul(leak, z.next()))
		store(v, dst.next())
		sums.add(mul(v, v))
	})
	sums.store()
	end()
}

func errors() {
	kernel("errorF32", "func(sums *[16]float32, dst, target *float32, n int, low, top, scale float32)", "for n a positive multiple of 16.")
	rows := floats("dst", "target")
	dst, target := rows[0], rows[1]
	sums := loadLanes()
	low, top, scale, none := broadcast("low"), broadcast("top"), broadcast("scale"), zero()
	loop(dst, block, func() {
		comment("diff = min(max(dst, 0), top) − target; sums += diff·diff")
		v := load(dst.next())
		diff := sub(smaller(top, positive(v, none)), target.next())
		sums.add(mul(diff, diff))
		comment("dst = dst < low or dst > top ? 0 : scale·diff")
		store(zeroOutside(v, low, top, mul(scale, diff)), dst.next())
	})
	sums.store()
	end()
}
