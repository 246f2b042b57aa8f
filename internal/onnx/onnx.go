// Package onnx writes graphs of operators as ONNX files: protocol buffers of
// the messages that a graph on float32 arrays needs. It is our own because the
// wire format takes less code than a dependency that knows all of ONNX.
package onnx

import (
	"fmt"
	"io"
	"math"

	"github.com/pffedge/pffedge/internal/array"
)

// Versions that every file claims: operator set 13, and the first version of
// the representation that has it.
const (
	OpsetVersion = 13
	irVersion    = 7
)

// maxFileBytes is what a protocol buffer may take.
const maxFileBytes = math.MaxInt32

// Model is a graph and what is said about it.
type Model struct {
	Producer, ProducerVersion string
	Doc                       string
	Metadata                  []Property // in the order of the file
	Graph                     Graph
}

// Property is an entry of the metadata.
type Property struct{ Key, Value string }

// Graph computes outputs from inputs and weights, node by node: a node's
// inputs are computed by those before it.
type Graph struct {
	Name, Doc       string
	Nodes           []Node
	Weights         []array.Source // float32
	Inputs, Outputs []Value
}

// Node applies an operator.
type Node struct {
	Op         string
	Inputs     []string
	Output     string
	Attributes []Attribute
	Doc        string
}

// Attribute is a whole number, or a list of them where List is not nil.
type Attribute struct {
	Name string
	Int  int64
	List []int64
}

// Value is a float32 matrix of any number of rows, as a graph's input or
// output.
type Value struct {
	Name, Doc string
	Cols      int
}

// Field numbers and enumeration values of onnx.proto.
const (
	floatType     = 1 // TensorProto.DataType.FLOAT
	attributeInt  = 2 // AttributeProto.AttributeType.INT
	attributeInts = 7
)

// Write writes m as an ONNX file: equal models are equal bytes.
func Write(w io.Writer, m *Model) error {
	graph, err := m.Graph.message()
	if err != nil {
		return err
	}
	var b message
	b.number(1, irVersion)
	b.text(2, m.Producer)
	b.text(3, m.ProducerVersion)
	b.text(6, m.Doc)
	b.message(7, graph)
	var opset message
	opset.number(2, OpsetVersion)
	b.message(8, &opset)
	for _, p := range m.Metadata {
		var entry message
		entry.text(1, p.Key)
		entry.text(2, p.Value)
		b.message(14, &entry)
	}
	if b.size > maxFileBytes {
		return fmt.Errorf("%w: %d bytes, and an ONNX file has at most %d", array.ErrTooLarge, b.size, maxFileBytes)
	}
	return b.write(w)
}

func (g *Graph) message() (*message, error) {
	b := &message{}
	for _, n := range g.Nodes {
		b.message(1, n.message())
	}
	b.text(2, g.Name)
	for _, a := range g.Weights {
		weights, err := weightsMessage(a)
		if err != nil {
			return nil, err
		}
		b.message(5, weights)
	}
	b.text(10, g.Doc)
	for _, v := range g.Inputs {
		b.message(11, v.message())
	}
	for _, v := range g.Outputs {
		b.message(12, v.message())
	}
	return b, nil
}

func (n Node) message() *message {
	b := &message{}
	for _, name := range n.Inputs {
		b.text(1, name)
	}
	b.text(2, n.Output)
	b.text(3, n.Output) // a node is named for what it computes
	b.text(4, n.Op)
	for _, a := range n.Attributes {
		var m message
		m.text(1, a.Name)
		if a.List == nil {
			m.number(3, a.Int)
			m.number(20, attributeInt)
		} else {
			for _, v := range a.List {
				m.number(8, v)
			}
			m.number(20, attributeInts)
		}
		b.message(5, &m)
	}
	b.text(6, n.Doc)
	return b
}

func weightsMessage(a array.Source) (*message, error) {
	n, err := a.Bytes()
	if err != nil {
		return nil, err
	}
	if a.Type != array.F32 {
		return nil, fmt.Errorf("array %s: %w %s, want F32", array.Quote(a.Name), array.ErrType, a.Type)
	}
	b := &message{}
	for _, d := range a.Shape {
		b.number(1, int64(d))
	}
	b.number(2, floatType)
	b.text(8, a.Name)
	b.data(9, n, a.Data)
	return b, nil
}

func (v Value) message() *message {
	var rows, cols, shape, tensor, kind message
	rows.text(2, "N")
	cols.number(1, int64(v.Cols))
	shape.message(1, &rows)
	shape.message(1, &cols)
	tensor.number(1, floatType)
	tensor.message(2, &shape)
	kind.message(1, &tensor)
	b := &message{}
	b.text(1, v.Name)
	b.message(2, &kind)
	b.text(3, v.Doc)
	return b
}
