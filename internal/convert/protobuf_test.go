package convert

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// field is a field of a protocol buffer: a number, or bytes.
type field struct {
	id     uint64
	number uint64
	bytes  []byte
}

// fields takes a protocol buffer apart. It knows nothing of how ours are put
// together.
func fields(t *testing.T, b []byte) []field {
	t.Helper()
	varint := func() uint64 {
		v, n := binary.Uvarint(b)
		require.Positive(t, n)
		b = b[n:]
		return v
	}
	var list []field
	for len(b) > 0 {
		key := varint()
		f := field{id: key >> 3}
		switch key & 7 {
		case 0:
			f.number = varint()
		case 2:
			n := varint()
			require.LessOrEqual(t, n, uint64(len(b)))
			f.bytes, b = b[:n], b[n:]
		default:
			require.FailNow(t, "wire type", "%d", key&7)
		}
		list = append(list, f)
	}
	return list
}

// all returns the fields of that number.
func all(list []field, id uint64) []field {
	var found []field
	for _, f := range list {
		if f.id == id {
			found = append(found, f)
		}
	}
	return found
}

// text returns the text of the only field of that number.
func text(t *testing.T, list []field, id uint64) string {
	t.Helper()
	found := all(list, id)
	require.Len(t, found, 1)
	return string(found[0].bytes)
}

// tensor2 is a matrix; a vector is one row.
type tensor2 struct {
	rows, cols int
	v          []float64
}

func (m tensor2) at(r, c int) float64 { return m.v[r%m.rows*m.cols+c%m.cols] } // broadcast

// network is an ONNX file, read by its specification, onnx.proto of IR version 7.
type network struct {
	metadata map[string]string
	nodes    [][]field
	values   map[string]tensor2
	input    string
	output   string
	cols     [2]uint64 // of input and output
}

func parseNetwork(t *testing.T, file []byte) *network {
	t.Helper()
	top := fields(t, file)
	require.EqualValues(t, 7, all(top, 1)[0].number, "IR version")
	opset := fields(t, all(top, 8)[0].bytes)
	require.Empty(t, all(opset, 1), "the domain is ONNX's own")
	require.EqualValues(t, 13, all(opset, 2)[0].number)
	n := &network{metadata: map[string]string{}, values: map[string]tensor2{}}
	for _, f := range all(top, 14) {
		entry := fields(t, f.bytes)
		n.metadata[text(t, entry, 1)] = text(t, entry, 2)
	}
	require.Len(t, all(top, 7), 1)
	graph := fields(t, all(top, 7)[0].bytes)
	for _, f := range all(graph, 5) {
		weights := fields(t, f.bytes)
		n.values[text(t, weights, 8)] = parseTensor(t, weights)
	}
	for _, f := range all(graph, 1) {
		n.nodes = append(n.nodes, fields(t, f.bytes))
	}
	n.input, n.cols[0] = parseValue(t, graph, 11)
	n.output, n.cols[1] = parseValue(t, graph, 12)
	return n
}

func parseTensor(t *testing.T, list []field) tensor2 {
	t.Helper()
	require.EqualValues(t, 1, all(list, 2)[0].number, "float32")
	dims := all(list, 1)
	m := tensor2{rows: 1, cols: int(dims[len(dims)-1].number)}
	if len(dims) == 2 {
		m.rows = int(dims[0].number)
	}
	raw := []byte(text(t, list, 9))
	require.Len(t, raw, 4*m.rows*m.cols)
	for ; len(raw) > 0; raw = raw[4:] {
		m.v = append(m.v, float64(math.Float32frombits(binary.LittleEndian.Uint32(raw))))
	}
	return m
}

// parseValue returns the name and the columns of the only input or output.
func parseValue(t *testing.T, graph []field, id uint64) (name string, cols uint64) {
	t.Helper()
	require.Len(t, all(graph, id), 1)
	value := fields(t, all(graph, id)[0].bytes)
	tensor := fields(t, all(fields(t, all(value, 2)[0].bytes), 1)[0].bytes)
	require.EqualValues(t, 1, all(tensor, 1)[0].number, "float32")
	dims := all(fields(t, all(tensor, 2)[0].bytes), 1)
	require.Len(t, dims, 2)
	require.Equal(t, "N", text(t, fields(t, dims[0].bytes), 2))
	return text(t, value, 1), all(fields(t, dims[1].bytes), 1)[0].number
}

// run evaluates the graph in float64.
func (n *network) run(t *testing.T, x tensor2) tensor2 {
	t.Helper()
	values := map[string]tensor2{n.input: x}
	for name, v := range n.values {
		values[name] = v
	}
	for _, node := range n.nodes {
		var in []tensor2
		for _, f := range all(node, 1) {
			v, known := values[string(f.bytes)]
			require.True(t, known, "%s is used before it is computed", f.bytes)
			in = append(in, v)
		}
		out := text(t, node, 2)
		_, twice := values[out]
		require.False(t, twice, "%s is computed twice", out)
		values[out] = operate(t, node, in)
	}
	return values[n.output]
}

func operate(t *testing.T, node []field, in []tensor2) tensor2 {
	t.Helper()
	each := func(f func(a, b float64) float64) tensor2 {
		out := tensor2{rows: max(in[0].rows, in[len(in)-1].rows), cols: max(in[0].cols, in[len(in)-1].cols)}
		for r := range out.rows {
			for c := range out.cols {
				out.v = append(out.v, f(in[0].at(r, c), in[len(in)-1].at(r, c)))
			}
		}
		return out
	}
	switch op := text(t, node, 4); op {
	case "Add":
		return each(func(a, b float64) float64 { return a + b })
	case "Div":
		return each(func(a, b float64) float64 { return a / b })
	case "Relu":
		return each(func(a, _ float64) float64 { return max(a, 0) })
	case "MatMul":
		return multiply(t, in[0], in[1])
	case "ReduceL2":
		require.Equal(t, map[string]string{"axes": "ints [1]", "keepdims": "int 1"}, attributes(t, node))
		return reduce(in[0], func(row []float64) []float64 {
			sum := 0.0
			for _, v := range row {
				sum += v * v
			}
			return []float64{math.Sqrt(sum)}
		})
	case "Softmax":
		require.Equal(t, map[string]string{"axis": "int 1"}, attributes(t, node))
		return reduce(in[0], softmax)
	default:
		require.FailNow(t, op)
		return tensor2{}
	}
}

func multiply(t *testing.T, a, b tensor2) tensor2 {
	t.Helper()
	require.Equal(t, a.cols, b.rows)
	out := tensor2{rows: a.rows, cols: b.cols}
	for r := range a.rows {
		for c := range b.cols {
			sum := 0.0
			for k := range a.cols {
				sum += a.at(r, k) * b.at(k, c)
			}
			out.v = append(out.v, sum)
		}
	}
	return out
}

func reduce(a tensor2, f func(row []float64) []float64) tensor2 {
	out := tensor2{rows: a.rows}
	for r := range a.rows {
		row := f(a.v[r*a.cols : (r+1)*a.cols])
		out.cols, out.v = len(row), append(out.v, row...)
	}
	return out
}

func softmax(row []float64) []float64 {
	var out []float64
	sum := 0.0
	for _, v := range row {
		out = append(out, math.Exp(v))
		sum += math.Exp(v)
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// attributes returns a node's attributes by name.
func attributes(t *testing.T, node []field) map[string]string {
	t.Helper()
	m := map[string]string{}
	for _, f := range all(node, 5) {
		a := fields(t, f.bytes)
		switch kind := all(a, 20)[0].number; kind {
		case 2:
			m[text(t, a, 1)] = fmt.Sprint("int ", all(a, 3)[0].number)
		case 7:
			var list []uint64
			for _, v := range all(a, 8) {
				list = append(list, v.number)
			}
			m[text(t, a, 1)] = fmt.Sprint("ints ", list)
		default:
			require.FailNow(t, "kind of attribute", "%d", kind)
		}
	}
	return m
}
