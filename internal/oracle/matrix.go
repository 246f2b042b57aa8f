package oracle

import (
	"fmt"
	"math"
)

// Matrix is a dense matrix, row by row. All rows are equally long.
type Matrix = [][]float64

// NewMatrix returns a matrix of zeros.
func NewMatrix(rows, cols int) Matrix {
	m := make(Matrix, rows)
	for i := range m {
		m[i] = make([]float64, cols)
	}
	return m
}

// Constant returns a rows×cols matrix of v.
func Constant(rows, cols int, v float64) Matrix {
	return Map(NewMatrix(rows, cols), func(float64) float64 { return v })
}

// Clone returns a copy of a.
func Clone(a Matrix) Matrix {
	return Map(a, func(v float64) float64 { return v })
}

// Mul returns a·b.
func Mul(a, b Matrix) Matrix {
	dst := NewMatrix(len(a), columns(b))
	for i, row := range a {
		mustEqual("inner sizes of a·b", len(row), len(b))
		for k, v := range row {
			for j := range dst[i] {
				dst[i][j] += v * b[k][j]
			}
		}
	}
	return dst
}

// Transpose returns aᵀ.
func Transpose(a Matrix) Matrix {
	dst := NewMatrix(columns(a), len(a))
	for i, row := range a {
		for j, v := range row {
			dst[j][i] = v
		}
	}
	return dst
}

// Add returns a + b.
func Add(a, b Matrix) Matrix {
	return zip(a, b, func(v, w float64) float64 { return v + w })
}

// Sub returns a − b.
func Sub(a, b Matrix) Matrix {
	return zip(a, b, func(v, w float64) float64 { return v - w })
}

// Scale returns s·a.
func Scale(s float64, a Matrix) Matrix {
	return Map(a, func(v float64) float64 { return s * v })
}

// AddRow returns a with row added to each of its rows.
func AddRow(a Matrix, row []float64) Matrix {
	dst := Clone(a)
	for i := range dst {
		mustEqual("columns and row length", len(dst[i]), len(row))
		for j, v := range row {
			dst[i][j] += v
		}
	}
	return dst
}

// SumRows returns Σ_i a_i, one sum a column.
func SumRows(a Matrix) []float64 {
	sum := make([]float64, columns(a))
	for _, row := range a {
		for j, v := range row {
			sum[j] += v
		}
	}
	return sum
}

// SumSquares returns Σ_j a_ij² for each row i.
func SumSquares(a Matrix) []float64 {
	sums := make([]float64, len(a))
	for i, row := range a {
		for _, v := range row {
			sums[i] += v * v
		}
	}
	return sums
}

// Frobenius returns ‖a‖_F.
func Frobenius(a Matrix) float64 {
	total := 0.0
	for _, s := range SumSquares(a) {
		total += s
	}
	return math.Sqrt(total)
}

// Map returns f applied to every element of a.
func Map(a Matrix, f func(float64) float64) Matrix {
	dst := NewMatrix(len(a), columns(a))
	for i, row := range a {
		for j, v := range row {
			dst[i][j] = f(v)
		}
	}
	return dst
}

func zip(a, b Matrix, f func(v, w float64) float64) Matrix {
	mustEqual("rows", len(a), len(b))
	dst := NewMatrix(len(a), columns(a))
	for i, row := range a {
		mustEqual("columns", len(row), len(b[i]))
		for j, v := range row {
			dst[i][j] = f(v, b[i][j])
		}
	}
	return dst
}

func columns(a Matrix) int {
	if len(a) == 0 {
		return 0
	}
	return len(a[0])
}

func mustEqual(what string, a, b int) {
	if a != b {
		panic(fmt.Sprintf("oracle: %s differ: %d and %d", what, a, b))
	}
}
