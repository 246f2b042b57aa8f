package continual

// Transform changes how images look, in one fixed way.
type Transform interface {
	// Apply writes what src becomes to dst; both are whole images that do not
	// overlap.
	Apply(dst, src []byte)
}

// Permutation writes pixel p[i] of the image to place i.
type Permutation []int

// Apply implements Transform.
func (p Permutation) Apply(dst, src []byte) {
	for i, from := range p {
		dst[i] = src[from]
	}
}
