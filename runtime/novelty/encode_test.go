package novelty

import (
	"bytes"
	"errors"
	"flag"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

var renew = flag.Bool("update", false, "write the fixtures of the current format version anew")

func fixtures(t testing.TB) map[string][]byte {
	d := newDrift(t, DriftOptions{Alarm: 50})
	for r := random(1); d.alarms < 2; {
		update(t, d, r.Float64())
	}
	update(t, d, 0.75)
	return map[string][]byte{
		"testdata/v1.gauge": encoded(t, calibrated(t, 300, 1)), "testdata/v1-scales.gauge": encoded(t, startedGauge(t)), "testdata/v1.drift": encoded(t, d),
	}
}

func startedGauge(t testing.TB) *Gauge {
	g, err := NewGauge(Options{Classes: 1, Memory: 2000})
	require.NoError(t, err)
	require.NoError(t, g.Add(Signal{Lead: 0.5, Energy: -1, Error: 0.25}))
	return g
}

// again decodes b and encodes that.
func again(b []byte) ([]byte, error) {
	if len(b) > 3 && b[3] == driftMagic[3] {
		d, err := DecodeDrift(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return d.MarshalBinary()
	}
	g, err := DecodeGauge(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return g.MarshalBinary()
}

// TestFixtureV1 reads what version 1 wrote first; the files must never change.
func TestFixtureV1(t *testing.T) {
	for name, b := range fixtures(t) {
		if *renew {
			require.NoError(t, os.WriteFile(name, b, 0o644))
		}
		file, err := os.ReadFile(name)
		require.NoError(t, err)
		got, err := again(file)
		require.NoError(t, err)
		require.True(t, bytes.Equal(file, got), name)
	}
}

// TestDecodedGoesOn like what was encoded, through a halving of the weights.
func TestDecodedGoesOn(t *testing.T) {
	g, err := NewGauge(Options{Classes: 4, Memory: 1024})
	require.NoError(t, err)
	d := newDrift(t, DriftOptions{Alarm: 100})
	for part := range uint64(12) {
		h := decoded(t, encoded(t, g))
		w, err := DecodeDrift(bytes.NewReader(encoded(t, d)))
		require.NoError(t, err)
		fill(t, g, 130, part)
		fill(t, h, 130, part)
		require.Equal(t, encoded(t, g), encoded(t, h))
		for r := random(part); r.IntN(100) > 0; {
			s := r.Float64()
			require.Equal(t, update(t, d, s), update(t, w, s))
		}
		require.Equal(t, encoded(t, d), encoded(t, w))
	}
	require.Less(t, g.all.n, 1024+1)
}

func TestAppendBinaryAppends(t *testing.T) {
	g := calibrated(t, 10, 1)
	b, err := g.AppendBinary([]byte("before"))
	require.NoError(t, err)
	require.Equal(t, append([]byte("before"), encoded(t, g)...), b)
	require.Len(t, encoded(t, g), gaugeBytes(4))
}

// requireNamed demands one of this package's errors and a place.
func requireNamed(t *testing.T, err error) {
	var at *DecodeError
	require.ErrorAs(t, err, &at)
	for _, named := range []error{ErrMagic, ErrVersion, ErrTruncated, ErrChecksum, ErrTooLarge, ErrFormat} {
		if errors.Is(err, named) {
			require.NotContains(t, err.Error(), "\n")
			return
		}
	}
	t.Fatalf("unnamed error %v", err)
}

// TestDamage: every flipped bit and every byte that is missing is noticed.
func TestDamage(t *testing.T) {
	for name, b := range fixtures(t) {
		for i := range 8 * len(b) {
			if i%7 != 0 && i > 8*gaugeHead {
				continue
			}
			bad := bytes.Clone(b)
			bad[i/8] ^= 1 << (i % 8)
			_, err := again(bad)
			require.Error(t, err, "%s, bit %d", name, i)
			requireNamed(t, err)
		}
		for n := range len(b) {
			_, err := again(b[:n])
			require.ErrorIs(t, err, ErrTruncated, "%s, %d bytes", name, n)
		}
		_, err := again(append(bytes.Clone(b), 0))
		require.Error(t, err)
		requireNamed(t, err)
	}
}

// reseal makes the sum right.
func reseal(b []byte) []byte {
	if len(b) < sumBytes {
		return b
	}
	return seal(bytes.Clone(b[:len(b)-sumBytes]), 0)
}

// TestRules changes single fields and makes the sum right again.
func TestRules(t *testing.T) {
	f := fixtures(t)
	for i, c := range []struct {
		file string
		at   int
		v    uint64
		wide bool
		name error
	}{
		{"v1.gauge", 8, 0, false, ErrFormat},
		{"v1.gauge", 8, 2, false, ErrVersion},
		{"v1.gauge", 12, 0, false, ErrFormat},
		{"v1.gauge", 12, 1 << 20, false, ErrFormat},
		{"v1.gauge", 12, 5, false, ErrTruncated},
		{"v1.gauge", 12, 3, false, ErrFormat},
		{"v1.gauge", 16, 5, false, ErrFormat},
		{"v1.gauge", 20, 257, false, ErrFormat},
		{"v1.gauge", 20, 255, false, ErrFormat},
		{"v1.gauge", 24, math.Float64bits(math.NaN()), true, ErrFormat},
		{"v1.gauge", 32, math.Float64bits(-1), true, ErrFormat},
		{"v1.gauge", 80, math.Float64bits(math.Inf(1)), true, ErrFormat},
		{"v1.gauge", gaugeHead + tallyHead, 1 << 30, false, ErrFormat},
		{"v1-scales.gauge", 20, 0, false, ErrFormat},
		{"v1-scales.gauge", 32, math.Float64bits(1), true, ErrFormat},
		{"v1-scales.gauge", gaugeHead, math.Float64bits(1), true, ErrFormat},
		{"v1.drift", 8, 9, false, ErrVersion},
		{"v1.drift", 12, math.Float64bits(5), true, ErrFormat},
		{"v1.drift", 28, math.Float64bits(math.Copysign(0, -1)), true, ErrFormat},
		{"v1.drift", 36, 0, true, ErrFormat},
		{"v1.drift", 44, math.MaxUint64, true, ErrFormat},
		{"v1.drift", 52, math.Float64bits(-1), true, ErrFormat},
		{"v1.drift", 60, math.Float64bits(math.NaN()), true, ErrFormat},
		{"v1.drift", 60, math.Float64bits(301), true, ErrFormat},
	} {
		b := bytes.Clone(f["testdata/"+c.file])
		if c.wide {
			le.PutUint64(b[c.at:], c.v)
		} else {
			le.PutUint32(b[c.at:], uint32(c.v))
		}
		_, err := again(reseal(b))
		require.ErrorIs(t, err, c.name, "rule %d", i)
		requireNamed(t, err)
	}
	_, err := DecodeGauge(bytes.NewReader(f["testdata/v1.drift"]))
	require.ErrorIs(t, err, ErrMagic)
}

// FuzzDecode: what is accepted encodes to the same bytes, and can be used.
func FuzzDecode(f *testing.F) {
	for _, b := range fixtures(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, b := range [][]byte{b, reseal(b)} {
			got, err := again(b)
			if err != nil {
				requireNamed(t, err)
				continue
			}
			require.True(t, bytes.Equal(b, got))
			use(t, b)
		}
	})
}

func use(t *testing.T, b []byte) {
	if d, err := DecodeDrift(bytes.NewReader(b)); err == nil {
		for range 100 {
			update(t, d, 1)
		}
		return
	}
	g := decoded(t, b)
	for range 2 * ScaleSamples {
		require.NoError(t, g.Add(Signal{Lead: 1}))
	}
	score, err := g.Score(Signal{})
	require.NoError(t, err)
	require.True(t, score >= 0 && score < 1)
	_, err = again(encoded(t, g))
	require.NoError(t, err)
}
