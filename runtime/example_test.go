package runtime_test

import (
	"context"
	"fmt"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// readings are labelled samples of two sensors: a quiet machine and a hot one.
type readings struct {
	input  model.Input
	values [][]float32
	labels []int
}

func (r *readings) Len() int { return len(r.values) }

func (r *readings) Sample(dst []float32, i int) int {
	r.input.ScaleValues(dst, r.values[i])
	return r.labels[i]
}

// Example trains a network on vectors and asks it about a new one.
func Example() {
	data := &readings{input: model.Input{
		Features: 2, Complement: true,
		Offset: []float32{0, 20}, Scale: []float32{1. / 10, 1. / 60}, // 0…10 mm/s, 20…80 °C
	}}
	for i := range 200 {
		jitter := float32(i%20) / 10
		data.values = append(data.values, []float32{1 + jitter, 30 + jitter}, []float32{4 + jitter, 60 + jitter})
		data.labels = append(data.labels, 0, 1)
	}

	settings, config, err := runtime.Preset("fast")
	if err != nil {
		fmt.Println(err)
		return
	}
	settings.Batch = 20
	config.Input, config.Classes, config.Hidden = data.input, []string{"quiet", "hot"}, []int{32, 32}
	m, err := model.New(config, settings.Seed)
	if err != nil {
		fmt.Println(err)
		return
	}
	trainer, err := runtime.NewTrainer(m, settings, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer trainer.Close()
	if err := trainer.Fit(context.Background(), data, nil, nil); err != nil {
		fmt.Println(err)
		return
	}

	engine, err := runtime.New(trainer.Snapshot())
	if err != nil {
		fmt.Println(err)
		return
	}
	session := runtime.NewSession(engine, 1)
	defer session.Close()
	x := simd.NewMatrix(1, config.Input.Size())
	config.Input.ScaleValues(x.Row(0), []float32{5, 62})
	probabilities, err := session.Predict(context.Background(), x, runtime.Goodness)
	if err != nil {
		fmt.Println(err)
		return
	}
	class, _ := runtime.Best(probabilities.Row(0))
	fmt.Println(config.Classes[class])
	// Output: hot
}
