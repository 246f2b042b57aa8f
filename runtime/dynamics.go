package runtime

import "github.com/pffedge/pffedge/simd"

// dynamics runs one dynamics step, without noise, from states whose label
// biases are prepared.
func (c *circuit) dynamics(s *states) {
	s.predicts = true
	c.preactivate(s, false)
	c.step(s, nil, nil)
	s.predicts = false
	s.advance(false)
	if c.watch != nil {
		c.show(s)
	}
}

// labelBias prepares what the label adds to the top layer: b_L + s·y·V, once a
// class, or once a row where those are fewer. It follows the rows' labels and
// the parameters.
func (c *circuit) labelBias(s *states) {
	top := c.params.Layers[len(s.z)-1]
	for i := range s.slots {
		s.slots[i] = i
		if len(s.slots) == s.rows {
			s.slots[i] = s.class[i]
		}
		copy(s.labelled.PaddedRow(i), top.Bias)
	}
	c.pool.GatherAddF32(s.labelled, s.slots, c.model.Config.LabelScale, top.Down)
}

// preactivate computes every layer's input from the current states, but for
// bias, label and noise:
//
//	n(z_{ℓ-1})·W_ℓ + n(z_{ℓ+1})·V_{ℓ+1} − z_ℓ·Llat_ℓ
//
// with x below the first layer. It takes n(x)·W1 from s.xw, which must be up to
// date. Terms whose rows have not come apart are computed once an input.
func (c *circuit) preactivate(s *states, noisy bool) {
	after := s.apartAfter(noisy)
	for l := range s.z {
		s.joint[l] = false
		switch {
		case l < len(s.z)-after || s.rows == s.inputs:
			c.together(s, l)
		case s.predicts && s.distinct(l) == s.inputs && (l+1 == len(s.z) || s.distinct(l+1) == s.inputs):
			c.together(s, l) // only the label tells the rows apart, which comes as a bias
			s.joint[l] = true
		case l == 0 || s.distinct(l-1) == s.inputs:
			c.parting(s, l)
		default:
			c.apart(s, l)
		}
	}
}

// together computes layer l's input for rows that stay one an input.
func (c *circuit) together(s *states, l int) {
	pre, z := s.pre[l].Slice(0, s.inputs), s.z[l].Slice(0, s.inputs)
	switch {
	case l == 0:
		c.pool.BlockSumF32(pre, s.xw, nil, z, c.competition[l], c.model.Config.Blocks(l))
	case s.fresh:
		c.pool.BlockSumF32(pre, s.next[l].Slice(0, s.inputs), nil, z, c.competition[l], c.model.Config.Blocks(l))
	default:
		c.multiply(pre, s.nz[l-1].Slice(0, s.inputs), &c.w.up[l], false)
		c.pool.BlockAddF32(pre, z, c.competition[l], c.model.Config.Blocks(l))
	}
	c.addAbove(s, pre, l)
}

// parting computes layer l's input where the rows below are still one an
// input: what is shared, once, then what is not.
func (c *circuit) parting(s *states, l int) {
	pre, shared := s.pre[l], s.xw
	own := s.distinct(l) == s.inputs
	above := l+1 < len(s.z) && s.distinct(l+1) == s.inputs
	if l > 0 || own || above { // the state after the step is not there yet: its room serves
		shared = s.next[l].Slice(0, s.inputs)
	}
	switch {
	case l > 0:
		if !s.fresh {
			c.multiply(shared, s.nz[l-1].Slice(0, s.inputs), &c.w.up[l], false)
		}
		if own {
			c.pool.BlockAddF32(shared, s.z[l].Slice(0, s.inputs), c.competition[l], c.model.Config.Blocks(l))
		}
	case own:
		c.pool.BlockSumF32(shared, s.xw, nil, s.z[l].Slice(0, s.inputs), c.competition[l], c.model.Config.Blocks(l))
	}
	if above {
		c.addAbove(s, shared, l)
	}
	if own {
		c.gather = gatherTask{pre, shared, s.of}
		c.pool.Run(&c.gather, pre.Rows*pre.Cols)
	} else {
		c.pool.BlockSumF32(pre, shared, s.of, s.z[l], c.competition[l], c.model.Config.Blocks(l))
	}
	if !above {
		c.addAbove(s, pre, l)
	}
}

// apart computes layer l's input where the rows below have come apart, and so
// have all others that it comes from.
func (c *circuit) apart(s *states, l int) {
	c.multiply(s.pre[l], s.nz[l-1], &c.w.up[l], false)
	c.pool.BlockAddF32(s.pre[l], s.z[l], c.competition[l], c.model.Config.Blocks(l))
	c.addAbove(s, s.pre[l], l)
}

// addAbove adds n(z_{ℓ+1})·V_{ℓ+1} to pre, as many rows as it has; the label's
// part comes as a bias.
func (c *circuit) addAbove(s *states, pre simd.Matrix, l int) {
	if l+1 < len(s.z) {
		c.multiply(pre, s.nz[l+1].Slice(0, pre.Rows), &c.w.down[l], true)
	}
}

// gatherTask copies each row's input's row.
type gatherTask struct {
	dst, src simd.Matrix
	of       []int
}

func (t *gatherTask) Part(i, n int) {
	lo, hi := simd.Share(t.dst.Rows, i, n)
	for r := lo; r < hi; r++ {
		copy(t.dst.PaddedRow(r), t.src.PaddedRow(t.of[r]))
	}
}
