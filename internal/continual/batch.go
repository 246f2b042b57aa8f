package continual

import "github.com/pffedge/pffedge/model"

// batch is the samples that a network learns at once, as runtime.Samples. Their
// numbers go on from batch to batch: what is hidden of a sample depends on its
// number.
type batch struct {
	input  model.Input
	first  int       // number of the first
	x      []float32 // rows×D
	labels []int
	idx    []int
}

// newBatch returns an empty batch for up to most samples.
func newBatch(input model.Input, most int) batch {
	return batch{input: input, x: make([]float32, 0, most*input.Size()), labels: make([]int, 0, most), idx: make([]int, 0, most)}
}

// add returns the row of a sample more, to be filled in.
func (b *batch) add(label int) []float32 {
	d := b.input.Size()
	b.x, b.labels = b.x[:len(b.x)+d], append(b.labels, label)
	return b.x[len(b.x)-d:]
}

// addPixels adds samples of bytes.
func (b *batch) addPixels(pixels []byte, labels []int) {
	d := b.input.Size()
	for i, label := range labels {
		b.input.ScaleBytes(b.add(label), pixels[i*d:(i+1)*d])
	}
}

// row returns the inputs of the r-th sample.
func (b *batch) row(r int) []float32 {
	d := b.input.Size()
	return b.x[r*d : (r+1)*d]
}

// numbers lists the numbers of the samples.
func (b *batch) numbers() []int {
	b.idx = b.idx[:0]
	for r := range b.labels {
		b.idx = append(b.idx, b.first+r)
	}
	return b.idx
}

// clear forgets the samples.
func (b *batch) clear() {
	b.first += len(b.labels)
	b.x, b.labels = b.x[:0], b.labels[:0]
}

// Len implements runtime.Samples.
func (b *batch) Len() int { return b.first + len(b.labels) }

// Sample implements runtime.Samples.
func (b *batch) Sample(dst []float32, i int) int {
	copy(dst, b.row(i-b.first))
	return b.labels[i-b.first]
}
