package runtime

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

var background = context.Background()

func TestPredictionsMatchOracle(t *testing.T) {
	eachShape(t, func(t *testing.T, n *network) {
		x := n.inputs(11)
		_, yHat := oracle.Start(n.op, x)
		session := n.session(t, 1)
		got, err := session.Predict(background, toSimd(x), Readout)
		require.NoError(t, err)
		requireClose(t, "read-out", yHat, fromSimd(got))
		for _, window := range [][2]int{{0, 1}, {1, 2}, {2, 3}, {0, 4}} {
			from, steps := window[0], window[1]
			n.model.Config.GoodnessFrom, n.model.Config.GoodnessSteps = from, steps
			session := n.session(t, 1)
			want := oracle.GoodnessScores(n.oc, n.op, x, from, steps)
			got, err := session.Surprise(background, toSimd(x))
			require.NoError(t, err)
			requireClose(t, fmt.Sprintf("surprise over steps %d…%d", from, steps-1), want, fromSimd(got))
			got, err = session.Predict(background, toSimd(x), Goodness)
			require.NoError(t, err)
			requireClose(t, "goodness probabilities", oracle.Softmax(want), fromSimd(got))
		}
	})
}

// TestThreadedUseMatchesOracle is large enough for work to be split among
// threads, over several chunks of samples. The oracle computes every 16th.
func TestThreadedUseMatchesOracle(t *testing.T) {
	n := newNetwork(shape{[]int{150, 135}, 16}, 75, 9, 130)
	n.model.Config.Latent = model.Latent{Start: 1, Rate: float32(n.oc.Beta), Moves: 2}
	n.oc.LatentPerSample = true
	all := n.inputs(113) // chunks of 111 samples
	session := n.session(t, 3)
	require.Less(t, session.AtOnce(), len(all))
	x := every16th(all)

	_, yHat := oracle.Start(n.op, x)
	got, err := session.Predict(background, toSimd(all), Readout)
	require.NoError(t, err)
	requireClose(t, "read-out", yHat, every16th(fromSimd(got)))
	from, steps := n.oc.GoodnessWindow()
	got, err = session.Surprise(background, toSimd(all))
	require.NoError(t, err)
	requireClose(t, "surprise", oracle.GoodnessScores(n.oc, n.op, x, from, steps), every16th(fromSimd(got)))

	images := simd.NewMatrix(len(all), n.oc.Inputs)
	require.NoError(t, session.Reconstruct(background, images, toSimd(all)))
	requireClose(t, "reconstruction", oracle.Reconstruct(n.op, x), every16th(fromSimd(images)))
	latents := simd.NewMatrix(len(all), n.oc.Latents)
	require.NoError(t, session.Latents(background, latents, toSimd(all), nil))
	requireClose(t, "latents", oracle.InferLatent(n.oc, n.op, x, 1, 2), every16th(fromSimd(latents)))
	require.NoError(t, session.Synthesize(background, images, latents))
	requireClose(t, "synthesis", oracle.Synthesize(n.op, every16th(fromSimd(latents))), every16th(fromSimd(images)))
}

// every16th returns rows 0, 16, 32 …
func every16th(m oracle.Matrix) oracle.Matrix {
	var out oracle.Matrix
	for i := 0; i < len(m); i += 16 {
		out = append(out, m[i])
	}
	return out
}

func TestDecodingMatchesOracle(t *testing.T) {
	eachShape(t, func(t *testing.T, n *network) {
		x := n.inputs(11)
		session := n.session(t, 1)
		images := simd.NewMatrix(len(x), n.oc.Inputs)
		require.NoError(t, session.Reconstruct(background, images, toSimd(x)))
		requireClose(t, "reconstruction", oracle.Reconstruct(n.op, x), fromSimd(images))

		zg := n.uniform(7, n.oc.Latents, -0.5, 1)
		zg[3] = make([]float64, n.oc.Latents) // n is singular here
		images = simd.NewMatrix(len(zg), n.oc.Inputs)
		require.NoError(t, session.Synthesize(background, images, toSimd(zg)))
		requireClose(t, "synthesis", oracle.Synthesize(n.op, zg), fromSimd(images))
	})
}

// TestLatentsMatchOracle covers all four ways to infer latents, from the
// configured start and from given latents.
func TestLatentsMatchOracle(t *testing.T) {
	eachShape(t, func(t *testing.T, n *network) {
		for _, driven := range []bool{false, true} {
			for _, batchMean := range []bool{false, true} {
				t.Run(fmt.Sprintf("driven=%v,batchMean=%v", driven, batchMean), func(t *testing.T) {
					n.compareLatents(t, driven, batchMean)
				})
			}
		}
	})
}

func (n *network) compareLatents(t *testing.T, driven, batchMean bool) {
	const start, moves, rows = 0.5, 5, 11
	x, y, labels := n.inputs(rows), oracle.NewMatrix(rows, n.oc.Classes), make([]int, rows)
	for r := range rows {
		labels[r] = n.random.IntN(n.oc.Classes)
		y[r][labels[r]] = 1
	}
	n.oc.LatentPerSample, n.oc.Rounds = !batchMean, moves
	n.model.Config.Latent = model.Latent{Start: start, Rate: float32(n.oc.Beta), Moves: moves, BatchMean: batchMean, Driven: driven}
	infer := func(zg oracle.Matrix) oracle.Matrix {
		z, _ := oracle.Start(n.op, x)
		if driven {
			z, _ = oracle.Step(n.oc, n.op, x, y, z, nil)
		}
		for range moves {
			zg = oracle.MoveLatent(n.oc, n.op, zg, z[len(z)-1])
		}
		return zg
	}
	session := n.session(t, 1)
	got := simd.NewMatrix(rows, n.oc.Latents)
	for r := range rows {
		got.Row(r)[0] = 99 // what dst holds must not matter
	}
	require.NoError(t, session.Latents(background, got, toSimd(x), labels))
	requireClose(t, "latents", infer(oracle.Constant(rows, n.oc.Latents, start)), fromSimd(got))

	zg := n.uniform(rows, n.oc.Latents, -0.5, 1)
	got = toSimd(zg)
	require.NoError(t, session.LatentsFrom(background, got, toSimd(x), labels))
	requireClose(t, "latents from given ones", infer(zg), fromSimd(got))
}

// TestLatentsWithoutLabels: labels are optional where they have no influence.
func TestLatentsWithoutLabels(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	session := n.session(t, 1)
	x := toSimd(n.inputs(3))
	plain, labelled := simd.NewMatrix(3, 4), simd.NewMatrix(3, 4)
	require.NoError(t, session.Latents(background, plain, x, nil))
	require.NoError(t, session.Latents(background, labelled, x, []int{1, 2, 3}))
	require.Equal(t, plain.Data, labelled.Data)
}
