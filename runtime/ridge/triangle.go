package ridge

// bandRows is the number of rows of a band, of the last one the rest.
const bandRows = 64

// triangle holds the upper half of a symmetric matrix of width rows, a multiple
// of 16, in bands of rows. A band starts at the column of its first row: only in
// its first square is there anything below the diagonal.
//
//	▀▀▀▀▀▀▀▀ band 0
//	  ▀▀▀▀▀▀ band 1
//	    ▀▀▀▀
//	      ▀▀
type triangle[T int32 | float32] struct {
	width int
	data  [][]T // of each band
}

// band is rows first…first+rows of a triangle from column first on, row by row.
type band[T int32 | float32] struct {
	first, rows, cols int
	data              []T
}

func newTriangle[T int32 | float32](width int) triangle[T] {
	t := triangle[T]{width: width}
	for range t.bands() {
		t.addBand()
	}
	return t
}

// addBand makes the next band.
func (t *triangle[T]) addBand() {
	first := len(t.data) * bandRows
	t.data = append(t.data, make([]T, min(bandRows, t.width-first)*(t.width-first)))
}

// bands returns the number of bands that make a whole triangle.
func (t triangle[T]) bands() int { return (t.width + bandRows - 1) / bandRows }

func (t triangle[T]) len() int {
	n := 0
	for _, b := range t.data {
		n += len(b)
	}
	return n
}

// band returns band i.
func (t triangle[T]) band(i int) band[T] {
	first := i * bandRows
	return band[T]{first, min(bandRows, t.width-first), t.width - first, t.data[i]}
}

// row returns row first+r from the diagonal on.
func (b band[T]) row(r int) []T { return b.data[r*b.cols+r : (r+1)*b.cols] }
