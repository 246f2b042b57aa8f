package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFileSize holds files of the usual shape to FORMAT.md's figures.
func TestFileSize(t *testing.T) {
	c := testConfig(Image(28, 28), 500, 500)
	c.Classes = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
	c.Group, c.Latents = 10, 32
	m, err := New(c, 1)
	require.NoError(t, err)
	require.EqualValues(t, 1_571_010, c.Parameters())
	n := float64(c.Parameters())
	size := len(encodeModel(t, m))
	require.Less(t, float64(size), 1.001*4*n)
	t.Logf("float32: %d bytes, %.4f times 4 bytes a parameter", size, float64(size)/4/n)

	q, err := m.Quantise()
	require.NoError(t, err)
	small := len(encodeModel(t, q))
	require.Less(t, float64(small), 1.02*n)
	t.Logf("int8: %d bytes, %.4f a parameter, %.4f of float32", small, float64(small)/n, float64(small)/float64(size))

	r := lcg(3)
	m.Overall = testMixture(10, c.Latents, &r)
	for range c.Classes {
		m.PerClass = append(m.PerClass, testMixture(5, c.Latents, &r))
	}
	values := n + 60*561
	size = len(encodeModel(t, m))
	require.Less(t, float64(size), 1.001*4*values)
	q, err = m.Quantise()
	require.NoError(t, err)
	small = len(encodeModel(t, q))
	t.Logf("with mixtures: %d and %d bytes, %.4f of float32", size, small, float64(small)/float64(size))
}
