package lessons

import (
	"math"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// Teaching returns the operation that teaches samples: as pixels, which take a
// quarter of the room, where the model's inputs are pixels and the samples are
// exactly such.
func Teaching(in model.Input, class string, samples []data.Sample) *runtime.Teach {
	op := &runtime.Teach{Class: class, Size: in.Size()}
	for _, s := range samples {
		op.Inputs = append(op.Inputs, s.X...)
	}
	if !in.IsImage() {
		return op
	}
	pixels, again := make([]byte, len(op.Inputs)), make([]float32, len(op.Inputs))
	for i, v := range op.Inputs {
		pixels[i] = byte(math.Round(float64(v) * 255))
	}
	in.ScaleBytes(again, pixels)
	for i, v := range op.Inputs {
		if again[i] != v {
			return op
		}
	}
	op.Pixels, op.Inputs = pixels, nil
	return op
}
