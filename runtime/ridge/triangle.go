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
	data  []T
}

// band is rows first…first+rows of a triangle from column first on, row by row.
type band[T int32 | float32] struct {
	first, rows, cols int
	data              []T
}

func newTriangle[T int32 | float32](width int) triangle[T] {
	n := 0
	for first := 0; first < width; first += bandRows {
		n += min(bandRows, width-first) * (width - first)
	}
	return triangle[T]{width, make([]T, n)}
}

func (t triangle[T]) bands() int { return (t.width + bandRows - 1) / bandRows }

// band returns band i.
func (t triangle[T]) band(i int) band[T] {
	first := i * bandRows
	rows, cols := min(bandRows, t.width-first), t.width-first
	// The bands before have bandRows rows each, of width, width−bandRows, … columns.
	at := bandRows * (i*t.width - bandRows*i*(i-1)/2)
	return band[T]{first, rows, cols, t.data[at : at+rows*cols]}
}

// row returns row first+r from the diagonal on.
func (b band[T]) row(r int) []T { return b.data[r*b.cols+r : (r+1)*b.cols] }
