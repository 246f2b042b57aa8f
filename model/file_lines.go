package model

import (
	"slices"

	"github.com/pffedge/pffedge/simd"
)

// lines says how the values of a section lie in memory and in the file. Memory
// consists of whole lines of PanelWidth values, which kernels read at once; the
// file leaves the padding in them out. What comes first has no padding and is
// alike in both.
type lines struct {
	size int // bytes of a value
	line int // bytes of a line in memory
	body int // bytes that are alike in memory and file
	rest []run
}

// run is a number of lines of which the file holds only the first live bytes.
type run struct{ lines, live int }

// linesOf returns how t's values of type d lie. In version 1 files held the
// padding, too.
func linesOf(t Tensor, d DType, group, version int) lines {
	l := lines{size: d.size(), line: d.size() * simd.PanelWidth}
	height, column := t.Rows, l.size // of a panel, in lines; of a matrix's column within a line
	if d == Int8 && t.Kind == PackedTensor {
		l.line, height, column = 4*simd.PanelWidth, (t.Rows+3)/4, 4
	}
	if d == Residual8 {
		height = (t.Rows + 3) / 4 * 4
	}
	switch {
	case version == 1:
		l.body = t.values(group) * l.size
	case t.Kind == LateralTensor:
		blocks, odd := t.Cols/group, t.Cols%group
		l.append(blocks*group, group*l.size)
		if odd > 0 {
			l.append(odd, odd*l.size)
			l.append(group-odd, 0)
		}
	default:
		l.append(t.Cols/simd.PanelWidth*height, l.line)
		if odd := t.Cols % simd.PanelWidth; odd > 0 {
			l.append(height, odd*column)
		}
	}
	return l
}

func (l *lines) append(n, live int) {
	switch {
	case n == 0:
	case live == l.line && l.rest == nil:
		l.body += n * l.line
	default:
		l.rest = append(l.rest, run{n, live})
	}
}

// memory returns the bytes that the values take in memory.
func (l lines) memory() int {
	n := l.body
	for _, r := range l.rest {
		n += r.lines * l.line
	}
	return n
}

// file returns the bytes that they take in a file.
func (l lines) file() int64 {
	n := int64(l.body)
	for _, r := range l.rest {
		n += int64(r.lines) * int64(r.live)
	}
	return n
}

// place returns where in the file the byte lies that is at in memory. For
// padding, which the file has not, it is the end of what the line has.
func (l lines) place(at int) int64 {
	if at < l.body {
		return int64(at)
	}
	at -= l.body
	n := int64(l.body)
	for _, r := range l.rest {
		if at < r.lines*l.line {
			return n + int64(at/l.line)*int64(r.live) + int64(min(at%l.line, r.live))
		}
		at -= r.lines * l.line
		n += int64(r.lines) * int64(r.live)
	}
	return n
}

// spread puts the file's bytes of whole lines, each of live bytes, where they
// belong in memory.
func (l lines) spread(memory, file []byte, live int) {
	for i := range len(file) / live {
		copy(memory[i*l.line:], file[i*live:(i+1)*live])
	}
}

// spreadAll puts the file's bytes of all lines behind the body where they
// belong in memory, which is zero.
func (l lines) spreadAll(memory, file []byte) {
	for _, r := range l.rest {
		if r.live > 0 {
			l.spread(memory, file[:r.lines*r.live], r.live)
		}
		file, memory = file[r.lines*r.live:], memory[r.lines*l.line:]
	}
}

// emit hands the file's bytes of the values in memory to write, in pieces that
// write must not keep. It collects short lines in buf.
func (l lines) emit(memory, buf []byte, write func([]byte) error) error {
	if err := emitValues(memory[:l.body], l.size, write); err != nil {
		return err
	}
	memory = memory[l.body:]
	buf = buf[:0]
	for _, r := range l.rest {
		for i := range r.lines {
			if len(buf)+r.live > cap(buf) {
				if err := emitValues(buf, l.size, write); err != nil {
					return err
				}
				buf = buf[:0]
			}
			buf = append(buf, memory[i*l.line:i*l.line+r.live]...)
		}
		memory = memory[min(r.lines*l.line, len(memory)):] // the padding of the last line may be missing
	}
	return emitValues(buf, l.size, write)
}

// emitValues hands values of size bytes to write in the file's byte order.
func emitValues(memory []byte, size int, write func([]byte) error) error {
	if littleEndian || size == 1 {
		return write(memory)
	}
	for chunk := range slices.Chunk(memory, 1<<12) {
		chunk = slices.Clone(chunk)
		swap(chunk, size)
		if err := write(chunk); err != nil {
			return err
		}
	}
	return nil
}
