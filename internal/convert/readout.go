package convert

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/internal/onnx"
	"github.com/pffedge/pffedge/model"
)

// normEpsilon is what n(z) = z / (‖z‖₂ + ε) adds to a norm.
const normEpsilon = 1e-8

// Names of the read-out's input and output in ONNX.
const (
	inputName  = "x"
	outputName = "probabilities"
)

// readout returns the read-out of m as a graph:
//
//	z_ℓ = relu(n(z_{ℓ−1})·W_ℓ + b_ℓ), z_0 = x
//	probabilities = softmax(n(z_L)·W + b)
func readout(m *model.Model, config, provenance, tool string) (*onnx.Model, error) {
	metadata, err := properties(m, config, provenance)
	if err != nil {
		return nil, err
	}
	producer, version, _ := strings.Cut(tool, " ")
	in := m.Config.Input
	doc := fmt.Sprintf("Read-out of a predictive forward-forward network (arXiv 2301.01452): %s, %d classes.", in, len(m.Config.Classes))
	file := &onnx.Model{Producer: producer, ProducerVersion: version, Doc: doc, Metadata: metadata}
	g := &file.Graph
	g.Name, g.Doc = "readout", "One pass: z1 = relu(n(x)·W1 + b1) and so on, probabilities = softmax(n(zL)·W + b), n(z) = z / (‖z‖ + 1e-8)."
	g.Inputs = []onnx.Value{{Name: inputName, Cols: in.Size(), Doc: inputDoc(in)}}
	g.Outputs = []onnx.Value{{Name: outputName, Cols: len(m.Config.Classes), Doc: "A sample a row, in the order of the metadata's classes."}}
	g.Weights = []array.Source{array.Rows("epsilon", []int{1}, func(dst []float32, _ int) { dst[0] = normEpsilon })}
	below := inputName
	for l := 1; l <= len(m.Config.Hidden); l++ {
		z := fmt.Sprintf("z%d", l)
		sum := affine(g, below, fmt.Sprintf("W%d", l), fmt.Sprintf("b%d", l))
		g.Nodes = append(g.Nodes, onnx.Node{Op: "Relu", Inputs: []string{sum}, Output: z})
		below = z
	}
	logits := affine(g, below, "W", "b")
	g.Nodes = append(g.Nodes, onnx.Node{Op: "Softmax", Inputs: []string{logits}, Output: outputName, Attributes: []onnx.Attribute{{Name: "axis", Int: 1}}})
	g.Weights = append(g.Weights, used(m, g.Nodes)...)
	return file, nil
}

// properties returns what the file says about m: the classes and the input by
// themselves, for programs that want no more, and all that travels along.
func properties(m *model.Model, config, provenance string) ([]onnx.Property, error) {
	classes, err := json.Marshal(m.Config.Classes)
	if err != nil {
		return nil, err
	}
	input, err := json.Marshal(&m.Config.Input)
	return []onnx.Property{
		{Key: "classes", Value: string(classes)}, {Key: "input", Value: string(input)},
		{Key: configName, Value: config}, {Key: provenanceName, Value: provenance},
	}, err
}

// affine appends n(z)·W + b and returns the name of its value.
func affine(g *onnx.Graph, z, w, b string) string {
	norm, guarded, n, product, sum := z+"_norm", z+"_norm_epsilon", z+"_n", z+"_"+w, z+"_"+w+"_"+b
	g.Nodes = append(g.Nodes,
		onnx.Node{Op: "ReduceL2", Inputs: []string{z}, Output: norm, Attributes: []onnx.Attribute{{Name: "axes", List: []int64{1}}, {Name: "keepdims", Int: 1}}},
		onnx.Node{Op: "Add", Inputs: []string{norm, "epsilon"}, Output: guarded},
		onnx.Node{Op: "Div", Inputs: []string{z, guarded}, Output: n, Doc: "n(" + z + ")"},
		onnx.Node{Op: "MatMul", Inputs: []string{n, w}, Output: product},
		onnx.Node{Op: "Add", Inputs: []string{product, b}, Output: sum})
	return sum
}

// used returns the parameters of m that nodes read.
func used(m *model.Model, nodes []onnx.Node) []array.Source {
	read := map[string]bool{}
	for _, n := range nodes {
		for _, name := range n.Inputs {
			read[name] = true
		}
	}
	var list []array.Source
	for _, t := range m.Params.Tensors() {
		if read[t.Name] {
			list = append(list, tensor(t, m.Config.Group))
		}
	}
	return list
}

func inputDoc(in model.Input) string {
	switch {
	case in.IsImage():
		return fmt.Sprintf("A sample a row: %d×%d grey pixels, row by row, 0…255 scaled to 0…1.", in.Width, in.Height)
	case in.Complement:
		return fmt.Sprintf("A sample a row: %d features v = (raw − offset)·scale, clamped to 0…1, then 1 − v of each; offset and scale are in the metadata's input.", in.Features)
	}
	return fmt.Sprintf("A sample a row: %d features v = (raw − offset)·scale, clamped to 0…1; offset and scale are in the metadata's input.", in.Features)
}
