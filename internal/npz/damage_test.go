package npz

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/array"
)

// TestEveryTruncationIsNoticed: the directory is at an archive's end.
func TestEveryTruncationIsNoticed(t *testing.T) {
	for _, b := range small(t) {
		for n := range b {
			_, err := decode(b[:n])
			require.ErrorIs(t, err, array.ErrFormat, "after %d bytes", n)
			require.NotContains(t, err.Error(), "\n")
		}
	}
}

// small returns archives of a few arrays: ours, and a compressed one.
func small(t *testing.T) [][]byte {
	return [][]byte{encode(t, sample()[:2]), archive(t, zip.Deflate, entry{"a.npy", one}, entry{"b.npy", one})}
}

// TestEveryFlip: a bit that flips is an error, or lies where it means nothing:
// in a time, say; or it changes a name, which has no checksum.
func TestEveryFlip(t *testing.T) {
	for _, b := range small(t) {
		want, err := decode(b)
		require.NoError(t, err)
		for i := range b {
			for bit := range 8 {
				b[i] ^= 1 << bit
				got, err := decode(b)
				b[i] ^= 1 << bit
				if err != nil {
					require.NotContains(t, err.Error(), "\n")
					continue
				}
				for j := range got {
					if j < len(want) && got[j].Name != want[j].Name {
						require.Contains(t, b[max(0, i-30):], want[j].Name[0])
						got[j].Name = want[j].Name
					}
				}
				requireEqual(t, want, got)
			}
		}
	}
}

func seeds(f *testing.F) [][]byte {
	list := [][]byte{encode(f, sample()), encode(f, nil), archive(f, zip.Deflate, entry{"a.npy", one})}
	for _, name := range []string{"savez.npz", "savez_compressed.npz"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(f, err)
		list = append(list, b)
	}
	return list
}

// FuzzNPZ feeds archives. What is accepted is written and read again as the
// same.
func FuzzNPZ(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decode(b)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		again, err := decode(encode(t, got))
		require.NoError(t, err)
		requireEqual(t, got, again)
	})
}

// FuzzNPY feeds .npy files, and ones of a header and data.
func FuzzNPY(f *testing.F) {
	f.Add(one, "{'descr': '>f4', 'fortran_order': True, 'shape': (1, 2), }\n", make([]byte, 8))
	f.Add(one[:9], "{'descr': '<U2', 'fortran_order': False, 'shape': ()}", []byte("a\x00\x00\x00b\x00\x00\x00"))
	f.Add([]byte{}, "{'descr': '|S3', 'fortran_order': False, 'shape': (1,)}", []byte("abc"))
	f.Add(npy(3, "{'descr': '<f2', 'fortran_order': False, 'shape': (0, 3)}"), `{"descr":[("x","<f4")]}`, []byte{})
	f.Fuzz(func(t *testing.T, whole []byte, header string, data []byte) {
		files := [][]byte{whole, npy(2, header, data...)}
		for _, b := range files {
			got, err := ReadArray(bytes.NewReader(b))
			if err != nil {
				require.NotContains(t, err.Error(), "\n")
				continue
			}
			var out bytes.Buffer
			require.NoError(t, WriteArray(&out, got.Source()))
			again, err := ReadArray(&out)
			require.NoError(t, err)
			requireEqual(t, []array.Array{got}, []array.Array{again})
		}
	})
}
