package runtime

import (
	"math"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// imagery is the activity of the generative circuit for one batch of rows.
type imagery struct {
	zg  simd.Matrix   // rows×S: the top latent
	ug  simd.Matrix   // rows×S: n(φ(z_g))
	top simd.Matrix   // rows×H_L: ẑ_L, then its error
	ez  simd.Matrix   // rows×S: the top error carried back to n(φ(z_g))
	u   []simd.Matrix // per layer rows×H_ℓ: n(φ(z_ℓ+ε))
	out []simd.Matrix // per layer rows×(H_{ℓ-1} or D): its prediction, then the error

	losses []float64 // per row: scratch of the loss sums
}

func newImagery(m *memory, c *model.Config, rows int, int8 bool) *imagery {
	form := reader{int8: int8}
	last := len(c.Hidden) - 1
	g := &imagery{
		zg:     m.matrix(rows, c.Latents),
		ug:     m.matrix(rows, form.cols(c.Latents)),
		ez:     m.matrix(rows, c.Latents),
		top:    m.matrix(rows, c.Hidden[last]),
		losses: list[float64](m, rows),
	}
	below := c.Input.Size()
	for _, h := range c.Hidden {
		g.u = append(g.u, m.matrix(rows, form.cols(h)))
		g.out = append(g.out, m.matrix(rows, below))
		below = h
	}
	return g
}

// resize changes the number of rows, which must be within what g was made for.
func (g *imagery) resize(rows int) *imagery {
	for _, m := range []*simd.Matrix{&g.zg, &g.ug, &g.ez, &g.top} {
		resize(m, rows)
	}
	for i := range g.u {
		resize(&g.u[i], rows)
		resize(&g.out[i], rows)
	}
	g.losses = g.losses[:rows]
	return g
}

// startLatent sets every latent to the value it is inferred from.
func (g *imagery) startLatent(start float32) {
	for r := range g.zg.Rows {
		row := g.zg.Row(r)
		for i := range row {
			row[i] = start
		}
	}
}

// activation is the last step of a generative product.
type activation uint8

const (
	relu       activation = iota // derivative 1 everywhere in local gradients
	clip01                       // min(max(·,0),1), for the input; derivative 1 inside and at the bounds
	openClip01                   // clip01 with derivative 1 everywhere
)

// all applies the activation to each value of x.
func (a activation) all(x []float32) {
	simd.ReluF32(x, x)
	if a != relu {
		for i, v := range x {
			x[i] = min(v, 1)
		}
	}
}

// bounds returns where the local gradient passes, and the largest output.
func (a activation) bounds() (low, top float32) {
	if a != relu {
		return 0, 1
	}
	return float32(math.Inf(-1)), float32(math.Inf(1))
}

// outputOf returns the activation of generative weights i (0 is G1, which
// produces the input).
func outputOf(i int) activation {
	if i == 0 {
		return clip01
	}
	return relu
}

// exciteFor writes n(φ(z)) to u in the form that w reads.
func (c *circuit) exciteFor(w *weights, u, z simd.Matrix) {
	c.exciteOf(exciteTask{u: u, z: z, reader: w.reader()})
	if c.watch != nil {
		c.watch(c.siteOf(w), u)
	}
}

// exciteMixed does so for every other row only, the first one if turn is even;
// the others become n(φ(predicted+ε)). predicted may be u, unless w reads codes.
func (c *circuit) exciteMixed(u, z, predicted simd.Matrix, eps noise, turn int, w *weights) {
	c.exciteOf(exciteTask{u: u, z: z, noise: eps, mixed: true, turn: turn, predicted: predicted, reader: w.reader()})
}

func (c *circuit) exciteOf(t exciteTask) {
	c.exciteRows = t
	c.pool.Run(&c.exciteRows, t.z.Rows*t.z.Cols*elementCost)
}

type exciteTask struct {
	u, z  simd.Matrix
	noise noise
	mixed bool
	turn  int

	predicted simd.Matrix
	reader    reader
}

func (t *exciteTask) Part(i, n int) {
	lo, hi := simd.Share(t.z.Rows, i, n)
	for r := lo; r < hi; r++ {
		u, from := t.u.PaddedRow(r), t.z
		if t.mixed && predicts(r, t.turn) {
			from = t.predicted
		}
		if t.reader.int8 {
			t.reader.writePositive(u, from.PaddedRow(r))
			continue
		}
		t.noise.add(t.u.Row(r), from.Row(r), r)
		simd.ReluF32(u, u)
		simd.NormalizeF32(u, u)
	}
}

// predicts tells whether row r of a mixed batch holds predicted states, not
// real ones. The turn changes from batch to batch, so that a row by itself is
// each by turns.
func predicts(r, turn int) bool { return (r+turn)%2 == 1 }

// generate computes dst = act(u·g).
func (c *circuit) generate(dst, u simd.Matrix, g *weights, act activation) {
	c.multiply(dst, u, g, false)
	c.activateRows = activateTask{dst, act}
	c.pool.Run(&c.activateRows, dst.Rows*dst.Cols*elementCost)
}

type activateTask struct {
	m   simd.Matrix
	act activation
}

func (t *activateTask) Part(i, n int) {
	lo, hi := simd.Share(t.m.Rows, i, n)
	for r := lo; r < hi; r++ {
		t.act.all(t.m.PaddedRow(r))
	}
}

// compare turns pre-activations into the error of a generative prediction,
// scale times the gradient of each row's own loss ‖act(pre) − target‖²:
//
//	pre = scale·2·(act(pre) − target) where the gradient passes, else 0
//
// A scale of 1/rows makes it that of the batch's mean. Row r's target is row
// r mod target.Rows. It returns the mean loss. The prediction itself is written
// to seen unless that is nil.
func (c *circuit) compare(pre, target simd.Matrix, act activation, scale float32, losses []float64, seen *simd.Matrix) float64 {
	c.compareRows = compareTask{pre, target, act, scale, losses, seen}
	c.pool.Run(&c.compareRows, pre.Rows*pre.Cols*elementCost)
	return mean(losses)
}

type compareTask struct {
	pre, target simd.Matrix
	act         activation
	scale       float32
	losses      []float64
	seen        *simd.Matrix
}

func (t *compareTask) Part(i, n int) {
	lo, hi := simd.Share(t.pre.Rows, i, n)
	low, top := t.act.bounds()
	for r := lo; r < hi; r++ {
		pre := t.pre.Row(r)
		if t.seen != nil {
			copy(t.seen.Row(r), pre)
			t.act.all(t.seen.Row(r))
		}
		if t.act == openClip01 { // outputs lie within the bounds
			t.act.all(pre)
		}
		t.losses[r] = float64(simd.ErrorF32(pre, t.target.Row(r%t.target.Rows), low, top, 2*t.scale))
	}
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(max(len(values), 1))
}

// moveLatent moves z_g one step down the gradient of its own loss, through n
// and φ (derivative 1), given g.ez, the loss's gradient by n(φ(z_g)):
//
//	z_g −= rate·( e/r − u·(u·e)/(‖u‖·r²) ),  u = φ(z_g), r = ‖u‖+1e-8
func (c *circuit) moveLatent(g *imagery, rate float32) {
	c.moveRows = moveTask{g.zg, g.ez, rate}
	c.pool.Run(&c.moveRows, g.zg.Rows*g.zg.Cols*elementCost)
}

type moveTask struct {
	zg, ez simd.Matrix
	rate   float32
}

func (t *moveTask) Part(i, n int) {
	lo, hi := simd.Share(t.zg.Rows, i, n)
	for r := lo; r < hi; r++ {
		moveRow(t.zg.Row(r), t.ez.Row(r), t.rate)
	}
}

func moveRow(zg, e []float32, rate float32) {
	var square, along float64 // ‖u‖², u·e
	for i, z := range zg {
		u := float64(max(z, 0))
		square += u * u
		along += u * float64(e[i])
	}
	length := math.Sqrt(square)
	r := length + 1e-8
	radial := 0.0
	if length > 0 { // at zero the second term vanishes in the limit
		radial = along / (length * r * r)
	}
	for i, z := range zg {
		u := float64(max(z, 0))
		zg[i] = z - rate*float32(float64(e[i])/r-u*radial)
	}
}

// inferLatent moves the latents towards those of the top states zL with the
// weights as they are.
func (c *circuit) inferLatent(g *imagery, zL simd.Matrix, moves int) {
	l, scale := c.model.Config.Latent, float32(1)
	if l.BatchMean {
		scale = 1 / float32(zL.Rows)
	}
	for range moves {
		c.predictTop(g, zL, scale)
		c.pool.GemmNTF32(g.ez, g.top, c.params.GenTop)
		c.moveLatent(g, l.Rate)
	}
}

// predictTop predicts zL from g's latents and leaves scale times the error in
// g.top. It returns the mean loss.
func (c *circuit) predictTop(g *imagery, zL simd.Matrix, scale float32) float64 {
	c.exciteFor(&c.w.top, g.ug, g.zg)
	c.multiply(g.top, g.ug, &c.w.top, false)
	return c.compare(g.top, zL, relu, scale, g.losses, nil)
}

// descend runs the generative circuit from states of the top layer down to
// the input and returns the images, rows×D, which live in g.
func (c *circuit) descend(g *imagery, zL simd.Matrix) simd.Matrix {
	z := zL
	for i := len(g.out) - 1; i >= 0; i-- {
		c.exciteFor(&c.w.gen[i], g.u[i], z)
		c.generate(g.out[i], g.u[i], &c.w.gen[i], outputOf(i))
		z = g.out[i]
	}
	return z
}
