package data

import (
	"math"
	"math/rand/v2"
)

// Every product that is added to something stands inside a float64
// conversion, here and in draw.go: Go may otherwise fuse the two into one
// rounding, on arm64 but not on amd64, and the same seed would draw other
// bytes. For the same reason only +, −, ×, ÷ and the exactly rounded square
// root are used.

func mul(a, b float64) float64 { return float64(a * b) }

// pen is a source of randomness for drawing, the same on every platform.
type pen struct {
	src rand.PCG
	rng *rand.Rand
}

func newPen() *pen {
	p := &pen{}
	p.rng = rand.New(&p.src)
	return p
}

// reset starts the stream that belongs to sample i of a set.
func (p *pen) reset(seed uint64, split Split, i int) {
	p.src.Seed(mix(seed^mix(uint64(split)+1)), mix(uint64(i)))
}

// mix is the finaliser of SplitMix64: neighbouring numbers come out unlike.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// between draws evenly from lo…hi.
func (p *pen) between(lo, hi float64) float64 { return lo + mul(hi-lo, p.rng.Float64()) }

// around draws from −spread…spread, mostly from its middle.
func (p *pen) around(spread float64) float64 {
	return mul(spread, (p.between(-1, 1)+p.between(-1, 1))/2)
}

// below draws a whole number from 0…n−1.
func (p *pen) below(n int) int { return int(p.rng.Float64() * float64(n)) }

// affine maps the design sheet to pixels: q = M·(p − centre of the sheet) + t.
type affine struct{ a, b, c, d, tx, ty float64 }

// affine draws the size, slope, slant and place of a digit.
func (p *pen) affine() affine {
	height := p.between(minHeight, maxHeight) / 90
	width := mul(height, p.between(minAspect, maxAspect))
	half := p.around(maxTilt)
	cos, sin := (1-mul(half, half))/(1+mul(half, half)), (half+half)/(1+mul(half, half))
	slant := p.around(maxSlant)
	return affine{
		a:  mul(width, cos),
		b:  -mul(height, sin) - mul(mul(width, cos), slant),
		c:  mul(width, sin),
		d:  mul(height, cos) - mul(mul(width, sin), slant),
		tx: digitSide/2 + p.around(maxShift),
		ty: digitSide/2 + p.around(maxShift),
	}
}

func (m affine) apply(p point) point {
	x, y := p.x-50, p.y-50
	return point{mul(m.a, x) + mul(m.b, y) + m.tx, mul(m.c, x) + mul(m.d, y) + m.ty}
}

// wobble moves the points of a glyph a little, each its own way, and maps
// them to pixels. A stroke that continues another stays joined to it.
func (p *pen) wobble(g glyph, m affine) []stroke {
	out := make([]stroke, len(g))
	for i, s := range g {
		out[i] = make(stroke, len(s))
		for j, q := range s {
			if j == 0 && i > 0 && q == g[i-1][len(g[i-1])-1] {
				out[i][0] = out[i-1][len(out[i-1])-1]
				continue
			}
			out[i][j] = m.apply(point{q.x + p.around(maxWobble), q.y + p.around(maxWobble)})
		}
	}
	return out
}

// curve calls line for the pieces of a Catmull–Rom curve through s.
func (s stroke) curve(line func(from, to point)) {
	at := func(i int) point { return s[min(max(i, 0), len(s)-1)] }
	for i := 0; i+1 < len(s); i++ {
		from := s[i]
		for k := 1; k <= curvePieces; k++ {
			t := float64(k) / curvePieces
			to := point{
				catmullRom(at(i-1).x, at(i).x, at(i+1).x, at(i+2).x, t),
				catmullRom(at(i-1).y, at(i).y, at(i+1).y, at(i+2).y, t),
			}
			line(from, to)
			from = to
		}
	}
}

func catmullRom(p0, p1, p2, p3, t float64) float64 {
	c3 := p3 - p0 + mul(3, p1-p2)
	c2 := p0 + p0 - mul(5, p1) + mul(4, p2) - p3
	c1 := p2 - p0
	return p1 + mul(mul(mul(mul(c3, t)+c2, t)+c1, t), 0.5)
}

// distance2 returns the squared distance of p from the line a…b.
func distance2(p, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	px, py := p.x-a.x, p.y-a.y
	length2 := mul(dx, dx) + mul(dy, dy)
	if length2 > 0 {
		t := math.Min(math.Max((mul(px, dx)+mul(py, dy))/length2, 0), 1)
		px, py = px-mul(t, dx), py-mul(t, dy)
	}
	return mul(px, px) + mul(py, py)
}
