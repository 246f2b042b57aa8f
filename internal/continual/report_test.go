package continual

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reported measures synthetic digits with some learners and seeds.
func reported(t *testing.T, p Plan, seeds int, names ...string) (reports []*Report) {
	t.Helper()
	s := digits(t)
	for _, name := range names {
		kind, err := FindKind(name)
		require.NoError(t, err)
		var runs []*Run
		for seed := range seeds {
			runs = append(runs, ran(t, p, name, uint64(seed)))
		}
		reports = append(reports, NewReport(&p, kind, "digits", TestSplit, s.train, s.test, runs))
	}
	return reports
}

// TestDocumentsEnd with these fields, in this order.
func TestDocumentsEnd(t *testing.T) {
	for _, r := range reported(t, small(Online), 2, "none", "iid") {
		text, err := json.Marshal(r)
		require.NoError(t, err)
		var keys []string
		d := json.NewDecoder(bytes.NewReader(text))
		for depth, isKey := 0, false; d.More() || depth > 0; {
			token, err := d.Token()
			require.NoError(t, err)
			switch v := token.(type) {
			case json.Delim:
				if depth += map[json.Delim]int{'{': 1, '[': 1, '}': -1, ']': -1}[v]; depth == 1 {
					isKey = true
				}
				continue
			case string:
				if depth == 1 && isKey {
					keys, isKey = append(keys, v), false
					continue
				}
			}
			if depth == 1 {
				isKey = true
			}
		}
		require.Equal(t, strings.Fields("protocol budget_bytes seeds acc_mean acc_sd stream_acc_mean forgetting min_acc samples_per_second"), keys[len(keys)-9:])
		var back Report
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, *r, back)
		require.Equal(t, 2, back.Seeds)
		require.InDelta(t, (r.Runs[0].Slept.ACC+r.Runs[1].Slept.ACC)/2, back.ACCMean, 1e-12)
		require.Positive(t, back.ACCSD)
	}
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, Table(&b, reported(t, small(Online), 2, "none", "iid")))
	text := b.String()
	require.Contains(t, text, "\nprotocol b; 600 images to learn, 600 to test (test); hidden 40, 40, predictions by readout, budget 20.0 kB\n")
	require.Regexp(t, `(?m)^none +0 +\d+\.\d\d `, text)
	require.Regexp(t, `(?m)^none +mean +\d+\.\d\d ±\d+\.\d\d `, text)
	require.Regexp(t, `(?m)^iid +1 +\d+\.\d\d +\d+\.\d\d +– +– +– +– +– `, text)
	require.Regexp(t, `(?m)^none +0\.0 +\d`, text)
	require.NotContains(t, text, "shots")
	b.Reset()
	require.NoError(t, Table(&b, nil))
	require.Empty(t, b.String())
}

func TestTableOfLessons(t *testing.T) {
	p := NewPlan(Teaching)
	r, _ := shown(t, p, 0)
	var b bytes.Buffer
	report := NewReport(&p, Kind{Name: "means"}, "digits", ValidationSplit, digits(t).train, digits(t).test, []*Run{r})
	require.NoError(t, Table(&b, []*Report{report}))
	require.Regexp(t, `(?m)^learner +shots +recall stream +sleep +others' change stream +sleep +to teach$`, b.String())
	require.Regexp(t, `(?m)^means +50 +\d+\.\d\d ±0\.00 `, b.String())
	require.Contains(t, b.String(), "(validation)")
}
