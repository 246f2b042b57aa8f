package model

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJoinChecksums(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 63, 1000} {
		b := make([]byte, n+2*pieceBytes)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		got := checksum(b[:n])
		for range 2 {
			got = joinChecksums(got, checksum(b[n:n+pieceBytes]))
			n += pieceBytes
		}
		require.Equal(t, checksum(b), got)
	}
}
