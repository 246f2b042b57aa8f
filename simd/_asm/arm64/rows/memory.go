package main

// array is an operand that the loop walks over. The first access of a pass
// moves the address on, so that none of the others costs an addition.
type array struct {
	k     *kernel
	base  string
	size  int // bytes of an element
	moved bool
}

// array loads the pointer to elements of size bytes.
func (k *kernel) array(name string, size int) *array {
	a := &array{k: k, base: k.general(), size: size}
	k.Arg(name, a.base)
	return a
}

func (k *kernel) floats(name string) *array { return k.array(name, 4) }

// place returns the suffix of the opcode and the offset that reach a byte of
// the pass.
func (a *array) place(at int) (suffix string, offset int) {
	pass := a.k.step * a.size
	if a.moved {
		return "", at - pass
	}
	if at != 0 {
		panic("the first access of a pass must be to its first byte")
	}
	a.moved = true
	return ".P", pass
}

// load returns block number part of the pass.
func (a *array) load(part int) block {
	b := newBlock()
	for q := 0; q < quads; q += 2 {
		suffix, offset := a.place(16 * (quads*part + q))
		a.k.add(instruction{
			write: a.k.Go, format: "FLDPQ" + suffix + " %d(%s), (F%v, F%v)",
			args: []any{offset, a.base, b[q], b[q+1]}, sets: []*register{b[q], b[q+1]},
		})
	}
	return b
}

// store writes block number part of the pass.
func (a *array) store(part int, b block) {
	for q := 0; q < quads; q += 2 {
		suffix, offset := a.place(16 * (quads*part + q))
		a.k.add(instruction{
			write: a.k.Go, format: "FSTPQ" + suffix + " (F%v, F%v), %d(%s)",
			args: []any{b[q], b[q+1], offset, a.base}, reads: []*register{b[q], b[q+1]},
		})
	}
}

// loadBytes returns sixteen bytes.
func (a *array) loadBytes() *register {
	r := &register{}
	suffix, offset := a.place(0)
	a.k.add(instruction{
		write: a.k.Go, format: "FMOVQ" + suffix + " %d(%s), F%v",
		args: []any{offset, a.base, r}, sets: []*register{r},
	})
	return r
}

// loadPair returns sixteen values of 16 bits.
func (a *array) loadPair() [2]*register {
	r := [2]*register{{}, {}}
	suffix, offset := a.place(0)
	a.k.add(instruction{
		write: a.k.Go, format: "FLDPQ" + suffix + " %d(%s), (F%v, F%v)",
		args: []any{offset, a.base, r[0], r[1]}, sets: r[:],
	})
	return r
}

// storePair writes sixteen values of 16 bits.
func (a *array) storePair(r [2]*register) {
	suffix, offset := a.place(0)
	a.k.add(instruction{
		write: a.k.Go, format: "FSTPQ" + suffix + " (F%v, F%v), %d(%s)",
		args: []any{r[0], r[1], offset, a.base}, reads: r[:],
	})
}

// storeBytes writes sixteen bytes.
func (a *array) storeBytes(r *register) {
	suffix, offset := a.place(0)
	a.k.add(instruction{
		write: a.k.Go, format: "FMOVQ" + suffix + " F%v, %d(%s)",
		args: []any{r, offset, a.base}, reads: []*register{r},
	})
}

// lanes are the running sums of a row in registers.
type lanes struct {
	k    *kernel
	base string
	sums block
}

// loadLanes loads the parameter sums.
func (k *kernel) loadLanes() lanes {
	l := lanes{k: k, base: k.general()}
	k.Arg("sums", l.base)
	for q := range quads {
		l.sums[q] = k.hold("sums")
	}
	for q := 0; q < quads; q += 2 {
		k.Go("FLDPQ %d(%s), (F%v, F%v)", 16*q, l.base, l.sums[q], l.sums[q+1])
	}
	return l
}

func (l lanes) add(b block) { l.k.into(l.sums, "fadd", l.sums, b) }

func (l lanes) store() {
	for q := 0; q < quads; q += 2 {
		l.k.Go("FSTPQ (F%v, F%v), %d(%s)", l.sums[q], l.sums[q+1], 16*q, l.base)
	}
}
