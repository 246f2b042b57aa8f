package simd

// Mix hashes the parts into one 64-bit key, a starting point for a stream of
// random numbers of its own. Counter-based streams need no state: any number
// of threads can draw any part of them in any order and get the same values.
func Mix(parts ...uint64) uint64 {
	key := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		key = splitmix(key ^ p)
	}
	return key
}

// splitmix is the output function of SplitMix64 (Steele, Lea & Flood, "Fast
// splittable pseudorandom number generators", 2014) after one increment.
func splitmix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// AddNormalF32 computes dst[i] = x[i] + scale·ε_i, where ε_i are standard
// normal deviates, element i of the stream named by key, within ±6.56. dst may
// be x. The deviates are the same on every instruction set. Keys should come
// from Mix: streams whose keys differ by a small multiple of 0x9e3779b9 in the
// lower half alone overlap.
func AddNormalF32(dst, x []float32, key uint64, scale float32) {
	dst = firstOf("AddNormalF32", dst, len(x))
	low, high := uint32(key), uint32(key>>32)
	n := len(x) / noiseBlock * noiseBlock
	if n > 0 {
		addNormalF32(dst[:n], x[:n], low, high, scale)
	}
	if n < len(x) {
		// The rest of a block is made whole: its deviates come in pairs.
		var last [noiseBlock]float32
		copy(last[:], x[n:])
		addNormalF32(last[:], last[:], low+uint32(n)*hashStep, high, scale)
		copy(dst[n:], last[:])
	}
}
