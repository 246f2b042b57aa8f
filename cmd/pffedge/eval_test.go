package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEvalJSON(t *testing.T) {
	data, model := flowerModel(t)
	for split, samples := range map[string]int{"test": 39, "train": 201} {
		for _, method := range []string{"goodness", "readout"} {
			t.Run(split+"/"+method, func(t *testing.T) {
				lines := objects(t, done(t, "eval", "--json", "--model", model, "--data", data, "--split", split, "--method", method))
				require.Len(t, lines, 1)
				o := lines[0]
				require.Equal(t, method, o.at(t, "method"))
				require.Equal(t, split, o.at(t, "split"))
				require.Equal(t, model, o.at(t, "model"))
				require.Contains(t, o.at(t, "data"), "flowers.csv")
				require.Equal(t, []any{"aster", "bellis", "crocus"}, o.at(t, "classes"))
				require.EqualValues(t, samples, o.at(t, "samples"))
				require.Positive(t, o.at(t, "seconds"))
				require.Positive(t, o.at(t, "reconstruction_error"))
				requireConfusion(t, o, samples/3)
			})
		}
	}
}

// requireConfusion demands that recall, accuracy and the number of correct
// samples are those of the confusion matrix, of so many samples a class.
func requireConfusion(t *testing.T, o object, perClass int) {
	t.Helper()
	matrix, recall := o.at(t, "confusion").([]any), o.at(t, "recall").([]any)
	require.Len(t, matrix, 3)
	require.Len(t, recall, 3)
	correct, all := 0.0, 0.0
	for i, row := range matrix {
		of := 0.0
		for _, n := range row.([]any) {
			of += n.(float64)
		}
		right := row.([]any)[i].(float64)
		require.InDelta(t, perClass, of, 0)
		require.InDelta(t, right/of, recall[i], 1e-12)
		correct, all = correct+right, all+of
	}
	require.InDelta(t, correct, o.at(t, "correct"), 0)
	require.InDelta(t, correct/all, o.at(t, "accuracy"), 1e-12)
}

func TestEvalTable(t *testing.T) {
	data, model := flowerModel(t)
	o := objects(t, done(t, "eval", "--json", "--model", model, "--data", data))[0]
	text := done(t, "eval", "--model", model, "--data", data)
	require.Contains(t, text, fmt.Sprintf("%v of 39 right in ", o.at(t, "correct")))
	require.Contains(t, text, fmt.Sprintf("reconstruction error %.2f", o.at(t, "reconstruction_error")))
	require.Contains(t, text, "by goodness")
	require.Regexp(t, `(?m)^ +aster +bellis +crocus +recall$`, text)
	require.Regexp(t, `(?m)^crocus +(\.|\d+) +(\.|\d+) +\d+ +[\d.]+%$`, text)
}

func TestEvalOfSomeSamples(t *testing.T) {
	data, model := flowerModel(t)
	o := objects(t, done(t, "eval", "--json", "--model", model, "--data", data, "--limit", "6"))[0]
	require.EqualValues(t, 6, o.at(t, "samples"))

	aster := write(t, filepath.Join(t.TempDir(), "test.csv"), "10,30,-2,aster\n10.1,30,-2,aster\n")
	o = objects(t, done(t, "eval", "--json", "--model", model, "--data", filepath.Dir(aster)))[0]
	require.EqualValues(t, 2, o.at(t, "samples"), "a test set of one class tells something of a model that knows more")
	require.Nil(t, o.at(t, "recall").([]any)[1], "no sample, no recall")
}

// TestLimitKeepsClasses: sets often come sorted by class, and folders always
// do; the first samples alone would be of one class.
func TestLimitKeepsClasses(t *testing.T) {
	data, model := barModel(t)
	o := objects(t, done(t, "eval", "--json", "--split", "train", "--limit", "20", "--model", model, "--data", data))[0]
	require.EqualValues(t, 20, o.at(t, "samples"))
	for class, recall := range o.at(t, "recall").([]any) {
		require.NotNil(t, recall, "no sample of class %d among 20", class)
	}
}

// TestThreadsChangeNothing in what is printed, but for the time.
func TestThreadsChangeNothing(t *testing.T) {
	data, model := flowerModel(t)
	pictures, pictureModel := barModel(t)
	folder := filepath.Join(pictures, "left")
	for _, line := range [][]string{
		words("predict --json --model", model, data),
		words("reconstruct --json --model", model, data),
		words("generate --model", model),
		words("predict --json --model", pictureModel, folder),
		words("reconstruct --json --model", pictureModel, folder),
	} {
		require.Equal(t, done(t, append(line, "--threads=1")...), done(t, append(line, "--threads=3")...))
	}
}

// TestEvalWithJudge adds what another model makes of the reconstructions and
// imaginings.
func TestEvalWithJudge(t *testing.T) {
	data, model := flowerModel(t)
	line := words("eval --model", model, "--data", data, "--judge", model)
	o := objects(t, done(t, append(line, "--json")...))[0]
	require.Equal(t, model, o.at(t, "judge"))
	for _, share := range []string{"reconstructed_recognised", "imagined_recognised", "diversity"} {
		require.Greater(t, o.at(t, share), 0.0, share)
	}
	require.LessOrEqual(t, o.at(t, "imagined_recognised"), 1.0)
	require.Contains(t, done(t, line...), fmt.Sprintf("diversity is %.2f of the real ones'", o.at(t, "diversity")))

	_, other := barModel(t)
	requireFailure(t, pffedge(t, "eval", "--model", model, "--data", data, "--judge", other), "judge", "does not fit")
	requireFailure(t, pffedge(t, "eval", "--model", model, "--data", data, "--judge", "nowhere.pff"), "nowhere.pff")
}
