package onnx

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/internal/shared"
)

// TestBytes pins down the encoding of every kind of field.
func TestBytes(t *testing.T) {
	m := &Model{Graph: Graph{
		Name:    "g",
		Nodes:   []Node{{Op: "Op", Inputs: []string{"x", "w"}, Output: "y", Attributes: []Attribute{{Name: "a", List: []int64{300}}}}},
		Weights: []array.Source{array.Rows("w", []int{1, 2}, func(dst []float32, _ int) { dst[0] = 1 })},
		Inputs:  []Value{{Name: "x", Cols: 2}},
	}}
	attribute := "\x0a\x01a" + "\x40\xac\x02" + "\xa0\x01\x07"
	node := "\x0a\x01x" + "\x0a\x01w" + "\x12\x01y" + "\x1a\x01y" + "\x22\x02Op" + "\x2a\x09" + attribute
	weights := "\x08\x01\x08\x02" + "\x10\x01" + "\x42\x01w" + "\x4a\x08\x00\x00\x80\x3f\x00\x00\x00\x00"
	value := "\x0a\x01x" + "\x12\x0f" + "\x0a\x0d" + "\x08\x01" + "\x12\x09" + "\x0a\x03\x12\x01N" + "\x0a\x02\x08\x02"
	graph := "\x0a" + size(node) + node + "\x12\x01g" + "\x2a" + size(weights) + weights + "\x5a" + size(value) + value
	var b bytes.Buffer
	require.NoError(t, Write(&b, m))
	require.Equal(t, "\x08\x07"+"\x3a"+size(graph)+graph+"\x42\x02\x10\x0d", b.String())
}

// size is the length of a short message.
func size(s string) string { return string([]byte{byte(len(s))}) }

// TestSizes: a length takes as many bytes as it needs, data are written where
// they belong.
func TestSizes(t *testing.T) {
	for _, n := range []int{1, 31, 32, 4095, 4096, 1 << 20} {
		var inner, outer message
		inner.text(1, "before")
		inner.data(2, int64(n), func(w io.Writer) error {
			_, err := io.WriteString(w, strings.Repeat("x", n))
			return err
		})
		inner.text(3, "behind")
		outer.message(7, &inner)
		outer.number(8, 1<<40)
		var b bytes.Buffer
		require.NoError(t, outer.write(&b))
		require.EqualValues(t, outer.size, b.Len())
		require.Contains(t, b.String(), strings.Repeat("x", n)+"\x1a\x06behind")
	}
}

func TestUnwritable(t *testing.T) {
	with := func(a array.Source) *Model { return &Model{Graph: Graph{Weights: []array.Source{a}}} }
	require.ErrorIs(t, Write(io.Discard, with(array.Rows("w", []int{1 << 15, 1 << 14}, nil))), array.ErrTooLarge)
	require.ErrorIs(t, Write(io.Discard, with(array.Rows("w", []int{1 << 30, 8}, nil))), array.ErrTooLarge)
	require.ErrorIs(t, Write(io.Discard, with(array.String("w", "x"))), array.ErrType)
	require.ErrorIs(t, Write(io.Discard, with(array.Array{Type: array.U8, Shape: []int{1}}.Source())), array.ErrType)
	failed := errors.New("full")
	require.ErrorIs(t, Write(&fails{failed}, &Model{}), failed)
	require.ErrorIs(t, Write(io.Discard, with(array.Source{Type: array.F32, Data: func(io.Writer) error { return failed }})), failed)
}

type fails struct{ error }

func (f *fails) Write([]byte) (int, error) { return 0, f.error }

// TestChecker needs Python with ONNX.
func TestChecker(t *testing.T) {
	python := shared.Python(t, "onnx")
	m := &Model{
		Producer: "test", ProducerVersion: "1", Doc: "é", Metadata: []Property{{"k", "v"}, {"empty", ""}},
		Graph: Graph{
			Name: "g", Doc: "doc",
			Nodes:   []Node{{Op: "Softmax", Inputs: []string{"x"}, Output: "s", Attributes: []Attribute{{Name: "axis", Int: 1}}}, {Op: "MatMul", Inputs: []string{"s", "w"}, Output: "y", Doc: "d"}},
			Weights: []array.Source{array.Rows("w", []int{2, 300}, func(dst []float32, i int) { dst[299] = float32(i) + 0.5 })},
			Inputs:  []Value{{Name: "x", Cols: 2, Doc: "in"}}, Outputs: []Value{{Name: "y", Cols: 300}},
		},
	}
	var b bytes.Buffer
	require.NoError(t, Write(&b, m))
	path := filepath.Join(t.TempDir(), "m.onnx")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	out := shared.RunPython(t, python, `
import sys, onnx, onnx.numpy_helper
m = onnx.load(sys.argv[1])
onnx.checker.check_model(m, full_check=True)
print(m.ir_version, m.opset_import[0].version, m.producer_name, m.producer_version, m.doc_string, m.graph.doc_string)
print([(p.key, p.value) for p in m.metadata_props])
w = onnx.numpy_helper.to_array(m.graph.initializer[0])
print(w.dtype, w.shape, w.sum(), w[1, 299])
print(m.graph.node[0].attribute[0].i, m.graph.node[1].doc_string, m.graph.input[0].doc_string)
`, path)
	require.Equal(t, "7 13 test 1 é doc\n[('k', 'v'), ('empty', '')]\nfloat32 (2, 300) 2.0 1.5\n1 d in\n", out)
}
