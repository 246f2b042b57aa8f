package data

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

const iris = `sepal,petal,width,class
1,10,7,b
2,20,7,a
3,30,7,b
`

func TestCSVSpellings(t *testing.T) {
	plain := open(t, write(t, t.TempDir()+"/a.csv", []byte(iris)), Options{})
	require.Equal(t, []string{"a", "b"}, plain.Classes)
	require.Equal(t, []int32{1, 0, 1}, plain.Labels)
	require.Equal(t, "a.csv (CSV), train split", plain.Source)
	require.Equal(t, []float32{0.5, 0.5, 0, 0.5, 0.5, 1}, inputs(plain, 1), "a constant feature becomes 0")

	headless := strings.SplitN(iris, "\n", 2)[1]
	for name, file := range map[string]struct {
		name, text string
		opt        Options
	}{
		"no header":            {"a.csv", headless, Options{}},
		"bom":                  {"a.csv", "\ufeff" + iris, Options{}},
		"bom without header":   {"a.csv", "\ufeff" + headless, Options{}},
		"crlf":                 {"a.csv", strings.ReplaceAll(iris, "\n", "\r\n"), Options{}},
		"no final newline":     {"a.csv", strings.TrimSpace(iris), Options{}},
		"blank lines":          {"a.csv", "\n\n" + strings.ReplaceAll(iris, "\n", "\n\n  \n"), Options{}},
		"semicolons":           {"a.csv", strings.ReplaceAll(iris, ",", ";"), Options{}},
		"bars":                 {"a.CSV", strings.ReplaceAll(iris, ",", "|"), Options{}},
		"tabs in csv":          {"a.csv", strings.ReplaceAll(iris, ",", "\t"), Options{}},
		"tsv":                  {"a.tsv", strings.ReplaceAll(iris, ",", "\t"), Options{}},
		"spaces":               {"a.csv", strings.ReplaceAll(iris, ",", "   "), Options{}},
		"space at line end":    {"a.csv", strings.ReplaceAll(strings.ReplaceAll(headless, ",", " "), "\n", " \n"), Options{}},
		"space behind comma":   {"a.csv", strings.ReplaceAll(iris, ",", ", "), Options{}},
		"quotes":               {"a.csv", `"se,pal","pe""tal",width,"class"` + "\n" + strings.ReplaceAll(headless, "10", `"10"`), Options{}},
		"odd delimiter":        {"a.csv", strings.ReplaceAll(iris, ",", "^"), Options{Delimiter: '^'}},
		"label by name":        {"a.csv", iris, Options{LabelColumn: "class"}},
		"label by any case":    {"a.csv", iris, Options{LabelColumn: "CLASS"}},
		"label by number":      {"a.csv", iris, Options{LabelColumn: "4"}},
		"numbered columns":     {"a.csv", strings.Replace(iris, "sepal,petal,width", "0,1,2", 1), Options{}},
		"y column":             {"a.csv", strings.Replace(iris, "class", "y", 1), Options{}},
		"unnamed label column": {"a.csv", strings.Replace(iris, "class", "species", 1), Options{}},
		"decimal in text":      {"a.csv", strings.ReplaceAll(iris, "1,10", "1.0,1e1"), Options{}},
		"gzip":                 {"a.csv.gz", string(zipped(t, []byte(iris))), Options{}},
		"label in the middle":  {"a.csv", "sepal,label,petal,width\n1,b,10,7\n2,a,20,7\n3,b,30,7\n", Options{}},
		"index label":          {"a.csv", "b,1,10,7\na,2,20,7\nb,3,30,7\n", Options{LabelColumn: "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, write(t, t.TempDir()+"/"+file.name, []byte(file.text)), file.opt)
			require.Equal(t, plain.Classes, s.Classes)
			require.Equal(t, plain.Labels, s.Labels)
			require.Equal(t, plain.Input, s.Input)
			require.Equal(t, plain.values, s.values)
		})
	}
}

// A label of y (as in "yes") does not turn the first row into a header.
func TestCSVLabelsYAndN(t *testing.T) {
	s := open(t, write(t, t.TempDir()+"/a.csv", []byte("1,y\n2,n\n3,y\n")), Options{})
	require.Equal(t, []int32{1, 0, 1}, s.Labels)
}

// manyRows has n rows of each of the classes 10 and 9; row i of a class
// holds i.
func manyRows(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,%d,10\n%d,%d,9\n", i, -i, i, -i)
	}
	return b.String()
}

func TestCSVSplitAndScaling(t *testing.T) {
	path := write(t, t.TempDir()+"/a.csv", []byte(manyRows(12)))
	train := open(t, path, Options{})
	require.Equal(t, []string{"9", "10"}, train.Classes, "numbers are sorted by value")
	require.Equal(t, 20, train.Len())
	require.Equal(t, model.Input{Features: 2, Offset: []float32{0, -10}, Scale: []float32{0.1, 0.1}, Complement: true}, train.Input)

	test := open(t, path, Options{Split: Test})
	require.Equal(t, []float32{5, -5, 5, -5, 11, -11, 11, -11}, test.values, "every sixth of each class")
	require.Equal(t, train.Input, test.Input, "scaled by the training split alone")
	require.Equal(t, []float32{1, 0, 0, 1}, inputs(test, 3), "what lies outside is clamped")
	require.Equal(t, []string{"10", "9", "10", "9"}, classesOf(test))
}

func TestCSVFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/train.csv", []byte("a,b,label\n0,0,x\n10,20,z\n5,5,y\n"))
	write(t, dir+"/test.csv.gz", zipped(t, []byte("a,b,label\n5,5,z\n")))
	require.Equal(t, 3, open(t, dir, Options{}).Len())
	test := open(t, dir, Options{Split: Test})
	require.Equal(t, []string{"x", "y", "z"}, test.Classes)
	require.Equal(t, []int32{2}, test.Labels)
	require.Equal(t, []float32{0.5, 0.25, 0.5, 0.75}, inputs(test, 0))

	alone := t.TempDir()
	write(t, alone+"/test.csv", []byte("5,5,z\n"))
	require.ErrorIs(t, openError(alone, Options{}), ErrNoSplit)
	require.ErrorIs(t, openError(alone, Options{Split: Test}), ErrNoSplit)
	known := Options{Split: Test, Input: &test.Input, Classes: test.Classes}
	require.Equal(t, []float32{0.5, 0.25, 0.5, 0.75}, inputs(open(t, alone, known), 0))
}

func TestCSVForExistingModel(t *testing.T) {
	path := write(t, t.TempDir()+"/a.csv", []byte(iris))
	in := model.Input{Features: 3, Offset: []float32{0, 0, 0}, Scale: []float32{0.1, 0.01, 0.1}}
	s := open(t, path, Options{Input: &in, Classes: []string{"b", "c", "a"}})
	require.Equal(t, in, s.Input)
	require.Equal(t, []int32{0, 2, 0}, s.Labels)
	require.InDeltaSlice(t, []float32{0.2, 0.2, 0.7}, inputs(s, 1), 1e-6)

	err := openError(path, Options{Classes: []string{"a", "c"}})
	require.ErrorIs(t, err, ErrUnknownClass)
	requireFault(t, err, `a.csv:2: column 4: "class": unknown class "b", want one of "a", "c"`)
	short := model.Input{Features: 2, Offset: []float32{0, 0}, Scale: []float32{1, 1}}
	err = openError(path, Options{Input: &short})
	require.ErrorIs(t, err, ErrMismatch)
	requireFault(t, err, "a.csv: 3 features where the model takes 2 features")
}

func TestCSVOfPixels(t *testing.T) {
	path := write(t, t.TempDir()+"/a.csv", []byte("label,p0,p1\n1,0,255\n2,51,101.6\n"))
	s := open(t, path, Options{Width: 2, Height: 1})
	require.Equal(t, model.Image(2, 1), s.Input)
	require.Equal(t, []byte{0, 255, 51, 102}, s.pixels)
	in := model.Image(1, 2)
	require.Equal(t, in, open(t, path, Options{Input: &in}).Input)

	requireFault(t, openError(path, Options{Width: 3}), "2 features where the model takes 3×3 grey image")
	path = write(t, t.TempDir()+"/b.csv", []byte("p0,label,p1\n1,0,255\n2,51,256\n"))
	requireFault(t, openError(path, Options{Width: 2, Height: 1}), `b.csv:3: column 3: "p1": pixel of 256, want 0…255`)
}

func TestCSVFaults(t *testing.T) {
	wide := strings.Repeat("1,", model.MaxFeatures+1) + "a\n"
	var classes strings.Builder
	for i := range model.MaxClasses + 1 {
		fmt.Fprintf(&classes, "%d,c%d\n", i, i)
	}
	for name, c := range map[string]struct {
		text string
		opt  Options
		is   error
		want string
	}{
		"empty":           {"", Options{}, ErrEmpty, "a.csv: no samples: the file is empty"},
		"blank":           {"\n \n", Options{}, ErrEmpty, "a.csv: no samples: the file is empty"},
		"only a mark":     {"\ufeff", Options{}, ErrEmpty, "the file is empty"},
		"header only":     {"a,b,label\n", Options{}, ErrEmpty, "a.csv: no samples: no rows below the header"},
		"short row":       {iris + "4,40,a\n", Options{}, nil, "a.csv:5: column 4: row has 3 columns, want 4"},
		"long row":        {iris + "4,40,1,a,5\n", Options{}, nil, "a.csv:5: column 5: row has 5 columns, want 4"},
		"nan":             {iris + "4,NaN,1,a\n", Options{}, errNotFinite, `a.csv:5: column 2: "petal": value is not finite`},
		"infinity":        {iris + "4,4,-inf,a\n", Options{}, errNotFinite, `a.csv:5: column 3: "width": value is not finite`},
		"too large":       {iris + "4,1e39,1,a\n", Options{}, nil, `a.csv:5: column 2: "petal": number is too large: "1e39"`},
		"nearly so":       {iris + "4,1e38,1,a\n", Options{}, nil, `number is too large: "1e38"`},
		"text":            {iris + "4,40,x1,a\n", Options{}, nil, `a.csv:5: column 3: "width": want a number, got "x1"`},
		"text headless":   {"1,2,a\n1,x,b\n", Options{}, nil, `a.csv:2: column 2: want a number, got "x"`},
		"missing":         {iris + "4,,1,a\n", Options{}, errMissing, `a.csv:5: column 2: "petal": value is missing`},
		"missing first":   {"1,?,a\n1,2,b\n", Options{}, errMissing, `a.csv:1: column 2: value is missing`},
		"decimal comma":   {"x;y;l\n1,5;2;a\n", Options{}, nil, `a.csv:2: column 1: "x": want a number, got "1,5"`},
		"no label":        {iris + "4,40,1,\n", Options{}, nil, `a.csv:5: column 4: "class": label is missing`},
		"one class":       {"1,a\n2,a\n", Options{}, ErrOneClass, "a.csv: only one class"},
		"one class test":  {strings.Repeat("1,a\n", 6), Options{Split: Test}, ErrOneClass, "only one class"},
		"no test rows":    {iris, Options{Split: Test}, ErrEmpty, "a.csv: no samples in the test split"},
		"one column":      {"1\n2\n", Options{}, nil, "a.csv:1: only one column"},
		"label name":      {iris, Options{LabelColumn: "kind"}, nil, `a.csv:1: no label column "kind", the first row has "sepal", "petal"`},
		"label number":    {iris, Options{LabelColumn: "5"}, nil, "a.csv:1: label column 5, but there are 4 columns"},
		"label zero":      {iris, Options{LabelColumn: "0"}, nil, "label column 0"},
		"stray quote":     {iris + `4,4"0,1,a` + "\n", Options{}, nil, `a.csv:5: bare " in non-quoted-field`},
		"open quote":      {iris + `4,"40,1,a` + "\n", Options{}, nil, `a.csv:`},
		"delimiter":       {iris, Options{Delimiter: '"'}, nil, "invalid field or comment delimiter"},
		"utf-16":          {"\xff\xfe1\x00", Options{}, nil, "a.csv: offset 0: UTF-16 text, want UTF-8"},
		"long name":       {"1,a\n2," + strings.Repeat("b", 300) + "\n", Options{}, nil, "a.csv:2: column 2: class name of 300 bytes"},
		"too many":        {classes.String(), Options{}, ErrTooLarge, "a.csv:16385: column 2: too large: more than 16384 classes"},
		"too wide":        {wide, Options{}, ErrTooLarge, "a.csv:1: too large: 1048577 features"},
		"endless row":     {`1,"` + strings.Repeat("x", maxRecordBytes), Options{}, ErrTooLarge, "a.csv: behind line 0: too large: row of more than 16 MiB"},
		"line break":      {iris + "4,\"x\ny\",1,a\n", Options{}, nil, `want a number, got "x\ny"`},
		"quoted row line": {iris + "\"4\",\"4\n0\",1,a\n", Options{}, nil, "a.csv:5: column 2"},
	} {
		t.Run(name, func(t *testing.T) {
			err := openError(write(t, t.TempDir()+"/a.csv", []byte(c.text)), c.opt)
			requireFault(t, err, c.want)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
		})
	}
	z := zipped(t, []byte(iris))
	requireFault(t, openError(write(t, t.TempDir()+"/a.csv.gz", z[:len(z)-4]), Options{}), "a.csv.gz: behind line 4: unexpected EOF")
	requireFault(t, openError(write(t, t.TempDir()+"/a.csv.gz", z[:5]), Options{}), "a.csv.gz: offset 0: damaged gzip")
}

func TestScalingOfExtremeFeatures(t *testing.T) {
	e := newExtremes(3)
	e.see([]float32{-maxFeature, 1e-44, 5})
	e.see([]float32{maxFeature, 2e-44, 5})
	in := model.Input{Features: 3}
	in.Offset, in.Scale = e.scaling()
	require.NoError(t, in.Validate())
	x := make([]float32, 3)
	in.ScaleValues(x, []float32{maxFeature, -maxFeature, maxFeature})
	require.InDeltaSlice(t, []float32{1, 0, 0}, x, 1e-6)
	for _, v := range x {
		require.False(t, math.IsNaN(float64(v)))
	}
}

func TestDetectDelimiter(t *testing.T) {
	for text, want := range map[string]rune{
		"1,2,3\n":               ',',
		"1;2;3\n":               ';',
		"a;b;c\n1,5;2,5;3\n":    ';',
		"a b;c d;e f\n1;2;3\n":  ';',
		"\"a;b;c;d\",e\n1,2\n":  ',',
		"1 2 3\n4 5 6\n":        ' ',
		"1\n":                   ',',
		"1|2\t3|4\n":            '|',
		"\n\n1\t2\n3\t4":        '\t',
		"1,2,3\n4,5\n6;7;8;9\n": ',',
	} {
		require.Equal(t, string(want), string(detectDelimiter("", bufio.NewReaderSize(strings.NewReader(text), bufferSize))), text)
	}
}

func TestFirstLinesOfALongLine(t *testing.T) {
	long := bytes.Repeat([]byte("1,"), bufferSize)
	lines := firstLines(bufio.NewReaderSize(bytes.NewReader(long), bufferSize))
	require.Len(t, lines, 1)
	require.Len(t, lines[0], bufferSize)
}
