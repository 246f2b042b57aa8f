package peak

import "encoding/binary"

// The pure Go loops, made like the pure Go kernels.

// fmaGeneric multiplies twelve values of out by x and adds y, rounds times, and
// returns their number. It rounds twice, as the kernels do; twelve chains hide
// the latency of two operations. The compiler must not know the values, or it
// would compute one chain for all.
//
//go:noinline
func fmaGeneric(out *[16]float32, rounds int, x, y float32) (values int) {
	s0, s1, s2, s3, s4, s5 := out[0], out[1], out[2], out[3], out[4], out[5]
	s6, s7, s8, s9, s10, s11 := out[6], out[7], out[8], out[9], out[10], out[11]
	for range rounds {
		s0 = float32(s0*x) + y
		s1 = float32(s1*x) + y
		s2 = float32(s2*x) + y
		s3 = float32(s3*x) + y
		s4 = float32(s4*x) + y
		s5 = float32(s5*x) + y
		s6 = float32(s6*x) + y
		s7 = float32(s7*x) + y
		s8 = float32(s8*x) + y
		s9 = float32(s9*x) + y
		s10 = float32(s10*x) + y
		s11 = float32(s11*x) + y
	}
	*out = [16]float32{s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11}
	return 12
}

// dotGeneric adds four products of a's bytes with w's to each of its values,
// rounds times, stores their sums in out and returns their number. The bytes
// of a change places in every round and no product occurs twice in one, so
// that the compiler must compute them all.
func dotGeneric(out *[16]int32, rounds int, a, w uint32) (values int) {
	var s0, s1 int32
	w0, w1, w2, w3 := int32(int8(w)), int32(int8(w>>8)), int32(int8(w>>16)), int32(int8(w>>24))
	a0, a1, a2, a3 := int32(uint8(a)), int32(uint8(a>>8)), int32(uint8(a>>16)), int32(a>>24)
	for range rounds {
		s0 += a0*w0 + a1*w1 + a2*w2 + a3*w3
		s1 += a0*w1 + a1*w2 + a2*w3 + a3*w0
		a0, a1, a2, a3 = a1, a2, a3, a0
	}
	*out = [16]int32{s0, s1}
	return 2
}

// sumGeneric adds x's little-endian words to the first eight values of out,
// word i to value i mod 8, passes times, and returns how many bytes of x that
// takes in.
func sumGeneric(out *[16]uint32, x []byte, passes int) (done int) {
	for range passes {
		done = sumOnce(out, x)
	}
	return done
}

func sumOnce(out *[16]uint32, x []byte) (done int) {
	s0, s1, s2, s3, s4, s5, s6, s7 := out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7]
	rest := x
	for ; len(rest) >= 32; rest = rest[32:] {
		line := (*[32]byte)(rest)
		s0 += binary.LittleEndian.Uint32(line[0:])
		s1 += binary.LittleEndian.Uint32(line[4:])
		s2 += binary.LittleEndian.Uint32(line[8:])
		s3 += binary.LittleEndian.Uint32(line[12:])
		s4 += binary.LittleEndian.Uint32(line[16:])
		s5 += binary.LittleEndian.Uint32(line[20:])
		s6 += binary.LittleEndian.Uint32(line[24:])
		s7 += binary.LittleEndian.Uint32(line[28:])
	}
	out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7] = s0, s1, s2, s3, s4, s5, s6, s7
	if len(rest) < len(x) {
		return len(x) - len(rest)
	}
	for i, b := range rest {
		out[i/4] += uint32(b) << (i % 4 * 8)
	}
	return len(x)
}
