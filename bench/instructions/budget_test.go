package instructions

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the counted instructions to budgets.json")

const budgetsFile = "budgets.json"

// platform is an emulated CPU and the implementation to run on it.
type platform struct{ cpu, isa string }

// platforms are the in-order core and the two out-of-order ones of the boards
// that pffedge is for.
var platforms = []platform{{"cortex-a53", "neon"}, {"cortex-a72", "neon"}, {"cortex-a76", "neondot"}}

// shapes are what is counted of each operation; a row operation has k values.
//
// The large products have 1000 rows and 2000 steps, but 5 panels of columns
// instead of 125. Every panel runs through the same instructions, and the
// more panels there are the less a product's beginning weighs: the share of
// products among all instructions is no higher here than at n=2000, where an
// odd number of panels is cut into tiles of two in the same way.
var shapes = []struct {
	operations string
	mkn        []string
}{
	{"GemmF32 GemmI8", []string{"m=1,k=2000,n=2000", "m=10,k=2000,n=80", "m=64,k=2000,n=80", "m=1000,k=2000,n=80", "m=10,k=784,n=500"}},
	{"GemmF32Sparse", []string{"m=1,k=2000,n=2000"}},
	{"GemmNTF32", []string{"m=10,k=500,n=500"}},
	{"UpdateMoments16 UpdateMoments8", []string{"m=1,k=2000,n=80", "m=10,k=2000,n=80"}},
	{"GemmTF32 UpdateSGDF32", []string{"m=10,k=500,n=80"}},
	{"UpdateF32", []string{"m=1,k=2000,n=80", "m=10,k=2000,n=80", "m=100,k=2000,n=80"}},
	{"BlockAddF32", []string{"m=64,k=500,n=10"}},
	{"SumSquaresF32 DotF32 ScaleF32 AxpyF32 NormalizeF32 BiasReluF32 StepF32 SoftmaxF32 AddNormalF32 AdamF32 AdamMoments16 AdamMoments8 SGDF32 QuantizeU7 DequantizeI32 RequantizeU7",
		[]string{"m=1,k=2000,n=1"}},
	{"StepF32 AddNormalF32", []string{"m=1,k=500,n=1"}},
	{"SoftmaxF32", []string{"m=1,k=10,n=1"}},
}

// leastShare is what part of an operation's instructions must be products. The
// schedule for the in-order A53 loads a vector in two halves and joins them,
// three instructions that issue beside products where one would delay them.
var leastShare = []struct {
	cpu, prefix string
	share       float64
}{
	{"cortex-a53", "GemmF32:m=1000,", 0.50},
	{"cortex-a72", "GemmF32:m=1000,", 0.80},
	{"cortex-a76", "GemmF32:m=1000,", 0.80},
	{"cortex-a76", "GemmI8:m=1000,", 0.70},
}

// budget is a line of budgets.json: what an operation may cost.
type budget struct {
	CPU          string `json:"cpu"`
	ISA          string `json:"isa"`
	Case         string `json:"case"`
	Instructions uint64 `json:"instructions"`
}

func (b budget) key() string { return b.CPU + " " + b.ISA + " " + b.Case }

type budgets struct {
	Go      string   `json:"go"` // which compiled the drivers
	Budgets []budget `json:"budgets"`
}

// measured is a budget's operation as it was counted.
type measured struct {
	budget
	tally
}

func (m measured) products() (name string, n uint64) {
	switch {
	case m.SDOT > 0:
		return "SDOT", m.SDOT
	case m.SMLAL > 0:
		return "SMLAL", m.SMLAL
	case m.FMLA > 0:
		return "FMLA", m.FMLA
	}
	return "", 0
}

func (m measured) share() float64 {
	_, n := m.products()
	return float64(n) / float64(m.tally.Instructions)
}

func TestBudgets(t *testing.T) {
	h := newHarness(t)
	var counted []measured
	for _, p := range platforms {
		cases := allCases()
		for i, sum := range h.count(t, p.cpu, p.isa, cases) {
			counted = append(counted, measured{budget{p.cpu, p.isa, cases[i], sum.Instructions}, sum})
		}
	}
	t.Logf("executed instructions of package simd\n%s", table(counted))
	for _, m := range counted {
		checkShare(t, m)
	}
	if *update {
		writeBudgets(t, counted)
		return
	}
	allowed, err := readBudgets()
	require.NoError(t, err)
	for _, complaint := range compare(t.Logf, allowed, counted) {
		t.Error(complaint)
	}
}

func allCases() (cases []string) {
	for _, s := range shapes {
		for operation := range strings.FieldsSeq(s.operations) {
			for _, mkn := range s.mkn {
				cases = append(cases, operation+":"+mkn)
			}
		}
	}
	return cases
}

func checkShare(t *testing.T, m measured) {
	t.Helper()
	for _, want := range leastShare {
		if m.CPU == want.cpu && strings.HasPrefix(m.Case, want.prefix) && m.share() < want.share {
			t.Errorf("%s: %.1f %% of the instructions are products, want %.0f %%", m.key(), 100*m.share(), 100*want.share)
		}
	}
}

// compare returns what is wrong with counted; a count below its budget is only
// noted.
func compare(note func(format string, args ...any), allowed budgets, counted []measured) (complaints []string) {
	limits := map[string]uint64{}
	for _, b := range allowed.Budgets {
		limits[b.key()] = b.Instructions
	}
	for _, m := range counted {
		limit, known := limits[m.key()]
		delete(limits, m.key())
		n := m.tally.Instructions
		switch {
		case !known:
			complaints = append(complaints, fmt.Sprintf("%s has no budget in %s: it takes %d; -update adds it", m.key(), budgetsFile, n))
		case n > limit:
			complaints = append(complaints, fmt.Sprintf("%s takes %d instructions, %.2f %% more than its budget of %d (drivers compiled by %s, the budget's by %s)",
				m.key(), n, 100*(float64(n)/float64(limit)-1), limit, runtime.Version(), allowed.Go))
		case n < limit:
			note("%s takes %d instructions, fewer than its budget of %d: -update lowers it", m.key(), n, limit)
		}
	}
	for key := range limits {
		complaints = append(complaints, fmt.Sprintf("%s has a budget but is not counted: -update removes it", key))
	}
	slices.Sort(complaints)
	return complaints
}

// table shows every count, per step too: per multiply-add of a product, per
// value of a row operation.
func table(counted []measured) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "cpu\tisa\toperation\tinstructions\tper step\tproducts\tshare\t")
	for _, m := range counted {
		name, _ := m.products()
		share := ""
		if name != "" {
			share = fmt.Sprintf("%.1f %%", 100*m.share())
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%.3f\t%s\t%s\t\n", m.CPU, m.ISA, m.Case, m.tally.Instructions, float64(m.tally.Instructions)/steps(m.Case), name, share)
	}
	w.Flush()
	return text.String()
}

// steps returns m·k·n.
func steps(c string) float64 {
	var m, k, n float64
	_, shape, _ := strings.Cut(c, ":")
	if _, err := fmt.Sscanf(shape, "m=%f,k=%f,n=%f", &m, &k, &n); err != nil {
		panic(err)
	}
	return m * k * n
}

func readBudgets() (b budgets, err error) {
	data, err := os.ReadFile(budgetsFile)
	if err != nil {
		return b, err
	}
	return b, json.Unmarshal(data, &b)
}

// writeBudgets writes one budget a line, so that a change shows as one.
func writeBudgets(t *testing.T, counted []measured) {
	t.Helper()
	slices.SortStableFunc(counted, func(a, b measured) int { return cmp.Compare(a.CPU, b.CPU) })
	var text strings.Builder
	fmt.Fprintf(&text, "{\"go\": %q, \"budgets\": [", runtime.Version())
	for i, m := range counted {
		line, err := json.Marshal(m.budget)
		require.NoError(t, err)
		text.WriteString([]string{"\n  ", ",\n  "}[min(i, 1)])
		text.Write(line)
	}
	text.WriteString("\n]}\n")
	require.NoError(t, os.WriteFile(budgetsFile, []byte(text.String()), 0o644))
}

func TestCompare(t *testing.T) {
	at := func(c string, n uint64) measured {
		return measured{budget{"cpu", "isa", c, n}, tally{Instructions: n}}
	}
	allowed := budgets{"go1", []budget{{"cpu", "isa", "same", 10}, {"cpu", "isa", "fell", 10}, {"cpu", "isa", "rose", 10}, {"cpu", "isa", "gone", 10}}}
	var notes []string
	complaints := compare(func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) },
		allowed, []measured{at("same", 10), at("fell", 9), at("rose", 11), at("new", 1)})
	require.Len(t, notes, 1)
	require.Contains(t, notes[0], "cpu isa fell takes 9 instructions, fewer than its budget of 10")
	require.Len(t, complaints, 3)
	require.Contains(t, complaints[0], "cpu isa gone has a budget but is not counted")
	require.Contains(t, complaints[1], "cpu isa new has no budget")
	require.Contains(t, complaints[2], "cpu isa rose takes 11 instructions, 10.00 % more than its budget of 10")
}
