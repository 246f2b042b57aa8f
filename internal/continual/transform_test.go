package continual

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// noise returns an image of random bytes.
func noise(size int) []byte {
	r := rand.New(rand.NewPCG(3, 4))
	image := make([]byte, size)
	for i := range image {
		image[i] = byte(r.IntN(256))
	}
	return image
}

func applied(t Transform, src []byte) []byte {
	dst := slices.Repeat([]byte{0xaa}, len(src))
	t.Apply(dst, src)
	return dst
}

// TestRotatingByQuarters moves pixels and changes none, for even and odd sizes.
func TestRotatingByQuarters(t *testing.T) {
	for _, n := range []int{1, 2, 7, 28} {
		src := noise(n * n)
		turned := make([]byte, n*n)
		for y := range n {
			for x := range n {
				turned[x*n+n-1-y] = src[y*n+x] // the left edge becomes the upper one
			}
		}
		require.Equal(t, src, applied(NewRotation(n, n, 0), src), n)
		require.Equal(t, turned, applied(NewRotation(n, n, 90), src), n)
		back := slices.Clone(src)
		slices.Reverse(back)
		require.Equal(t, back, applied(NewRotation(n, n, 180), src), n)
		require.Equal(t, src, applied(NewRotation(n, n, 360), src), n)
	}
	require.Equal(t, noise(15), applied(NewRotation(3, 5, 0), noise(15)))
}

// TestRotationInterpolates: an even image stays even inside, and black comes in at
// the corners.
func TestRotationInterpolates(t *testing.T) {
	const n = 28
	turned := applied(NewRotation(n, n, 45), slices.Repeat([]byte{200}, n*n))
	require.Zero(t, turned[0])
	require.Zero(t, turned[n*n-1])
	for y := 8; y < 20; y++ {
		for x := 8; x < 20; x++ {
			require.EqualValues(t, 200, turned[y*n+x])
		}
	}
	full := applied(NewRotation(n, n, 33), slices.Repeat([]byte{255}, n*n))
	require.EqualValues(t, 255, full[n*n/2+n/2], "nothing overflows")
}

// TestRotationKeepsThePlace: a spot goes to where the angle takes it.
func TestRotationKeepsThePlace(t *testing.T) {
	const n = 29
	src := make([]byte, n*n)
	src[4*n+14] = 255 // ten above the centre
	turned := applied(NewRotation(n, n, 30), src)
	brightest := slices.Index(turned, slices.Max(turned))
	require.Equal(t, []int{14 + 5, 14 - 9}, []int{brightest % n, brightest / n}, "clockwise: 10·sin 30° to the right, 10·cos 30° up")
}

// TestPermutationIsABijection: as many pixels of each value, and its inverse undoes
// it.
func TestPermutationIsABijection(t *testing.T) {
	tasks := domainTasks(5, Permutations, 3, digits(t).train, digits(t).test)
	require.NotEqual(t, tasks[0].Transform, tasks[1].Transform)
	for _, task := range tasks {
		p := task.Transform.(Permutation)
		require.Len(t, p, digits(t).train.Size())
		inverse := make(Permutation, len(p))
		for to, from := range p {
			inverse[from] = to
		}
		src := noise(len(p))
		there := applied(p, src)
		require.NotEqual(t, src, there)
		require.Equal(t, src, applied(inverse, there))
	}
}
