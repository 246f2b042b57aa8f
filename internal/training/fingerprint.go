package training

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
)

// Fingerprint identifies the content of a training set: the number of its
// samples and a checksum of their inputs and labels.
func Fingerprint(set *data.Set) string {
	text, _ := Identify(set)
	return text
}

// Identify returns a set's Fingerprint and the SHA-256, in hex, of the same:
// sample by sample its label, 32 bits, and its inputs, float32, little-endian.
func Identify(set *data.Set) (fingerprint, hash string) {
	short, long := crc32.NewIEEE(), sha256.New()
	x := make([]float32, set.Input.Size())
	row := make([]byte, 0, 4*len(x)+4)
	for i := range set.Len() {
		label := set.Sample(x, i)
		row = binary.LittleEndian.AppendUint32(row[:0], uint32(label))
		for _, v := range x {
			row = binary.LittleEndian.AppendUint32(row, math.Float32bits(v))
		}
		short.Write(row) // a hash never fails
		long.Write(row)
	}
	return fmt.Sprintf("%d samples, checksum %08x", set.Len(), short.Sum32()), hex.EncodeToString(long.Sum(nil))
}

// recordRun notes in a model's provenance how far the run has come and with which
// settings.
func (j *Job) recordRun(p *model.Provenance) {
	p.Epochs = j.Trainer.Epoch()
	set := j.Trainer.Settings()
	if set.Moments == 32 {
		set.Moments = 0 // the default by its other name
	}
	p.Training, _ = json.Marshal(set) // numbers and words, which never fail
}
