package simd

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// envRequire, with any value, makes a missing tool a failure: CI sets it.
const envRequire = "PFFEDGE_REQUIRE"

// rawWord is an instruction that Go's assembler does not know: its encoding
// and, in GNU syntax, its meaning.
type rawWord struct {
	where string
	value uint32
	text  string
}

var (
	wordLine = regexp.MustCompile(`^\s*WORD\s+\$(0x[0-9a-f]{8}) // (\S.*)$`)
	// reserved matches the registers that belong to Go or the platform.
	reserved = regexp.MustCompile(`\b(?:[wx](?:18|27|28|29|30)|[wx]?sp|fp|lr)\b`)
)

// readWords returns the WORDs of an assembly file. One without its text, or
// that names a reserved register, is an error.
func readWords(name, source string) (words []rawWord, err error) {
	for i, line := range strings.Split(source, "\n") {
		code, _, _ := strings.Cut(line, "//")
		if !strings.Contains(code, "WORD") {
			continue
		}
		where := fmt.Sprintf("%s:%d", name, i+1)
		m := wordLine.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("%s: %q is not a WORD with its text", where, line)
		}
		if reserved.MatchString(m[2]) {
			return nil, fmt.Errorf("%s: %q names a reserved register", where, m[2])
		}
		value, err := strconv.ParseUint(m[1], 0, 32)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		words = append(words, rawWord{where, uint32(value), m[2]})
	}
	return words, nil
}

// architectureOf returns what a file's instructions may need, by its name: no
// more than the dispatch asks the CPU for.
func architectureOf(name string) string {
	// peak's file holds the loops of both, each behind the same dispatch.
	if strings.Contains(name, "neondot") || strings.HasPrefix(filepath.ToSlash(name), "peak/") {
		return "armv8.2-a+dotprod"
	}
	return "armv8-a"
}

// assemble returns the encoding of each text by the GNU assembler, which
// refuses what the architecture lacks.
func assemble(dir, architecture string, words []rawWord) ([]uint32, error) {
	object, raw := filepath.Join(dir, "words.o"), filepath.Join(dir, "words.bin")
	var source strings.Builder
	for _, w := range words {
		source.WriteString(w.text + "\n")
	}
	as := exec.Command("aarch64-linux-gnu-as", "-march="+architecture, "-o", object, "-")
	as.Stdin = strings.NewReader(source.String())
	objcopy := exec.Command("aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", object, raw)
	for _, c := range []*exec.Cmd{as, objcopy} {
		if out, err := c.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%.300s", c.Args[0], err, out)
		}
	}
	code, err := os.ReadFile(raw)
	if err != nil {
		return nil, err
	}
	if len(code) != 4*len(words) {
		return nil, fmt.Errorf("%d bytes for %d instructions", len(code), len(words))
	}
	values := make([]uint32, len(words))
	for i := range values {
		values[i] = binary.LittleEndian.Uint32(code[4*i:])
	}
	return values, nil
}

// wrongWords lists the words that are not what their text says.
func wrongWords(t *testing.T, architecture string, words []rawWord) (wrong []string) {
	t.Helper()
	needAssembler(t)
	want, err := assemble(t.TempDir(), architecture, words)
	require.NoError(t, err)
	for i, w := range words {
		if w.value != want[i] {
			wrong = append(wrong, fmt.Sprintf("%s: %08x, but %s is %08x", w.where, w.value, w.text, want[i]))
		}
	}
	return wrong
}

// needAssembler skips the test, or fails it where CI demands the tools.
func needAssembler(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"aarch64-linux-gnu-as", "aarch64-linux-gnu-objcopy"} {
		if _, err := exec.LookPath(tool); err != nil {
			const why = "the WORDs of the arm64 kernels are not compared with the GNU assembler's (Debian: binutils-aarch64-linux-gnu)"
			if os.Getenv(envRequire) != "" {
				t.Fatalf("%v, and %s is set: %s", err, envRequire, why)
			}
			t.Skipf("%v: %s", err, why)
		}
	}
}

func TestWords(t *testing.T) {
	files, err := filepath.Glob("*_arm64.s")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range append(files, "peak/peak_arm64.s") {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		words, err := readWords(name, string(source))
		require.NoError(t, err)
		require.NotEmpty(t, words, name)
		require.Empty(t, wrongWords(t, architectureOf(name), words))
	}
}

// TestWordsSeesAWrongOne turns each bit of a correct word.
func TestWordsSeesAWrongOne(t *testing.T) {
	const source = "\tWORD    $0x4fbe1300 // fmla v0.4s, v24.4s, v30.s[1]\n"
	words, err := readWords("f.s", source)
	require.NoError(t, err)
	require.Len(t, words, 1)
	require.Empty(t, wrongWords(t, "armv8-a", words))
	var list []rawWord
	for bit := range 32 {
		list = append(list, rawWord{"f.s:1", words[0].value ^ 1<<bit, words[0].text})
	}
	require.Len(t, wrongWords(t, "armv8-a", list), 32)
}

func TestAssembleRefusesWhatTheCPUMayLack(t *testing.T) {
	needAssembler(t)
	words := []rawWord{{"f.s:1", 0x4fb8e080, "sdot v0.4s, v4.16b, v24.4b[1]"}}
	_, err := assemble(t.TempDir(), architectureOf("i8_neon_arm64.s"), words)
	require.Error(t, err)
	require.Empty(t, wrongWords(t, architectureOf("i8_neondot_arm64.s"), words))
}

func TestReadWordsRefuses(t *testing.T) {
	for _, line := range []string{
		"\tWORD $0x4fbe1300",
		"\tWORD $0x4fbe1300 //",
		"\tWORD $0x4fbe13 // fmla v0.4s, v24.4s, v30.s[1]",
		"\tWORD $1337856768 // fmla v0.4s, v24.4s, v30.s[1]",
		"\tWORD $0x4e040fc0; WORD $0x4e040fc0 // dup v0.4s, w3",
		"\tWORD $0x4e040fc0 // dup v0.4s, w30",
		"\tWORD $0x4e080e40 // dup v0.2d, x18",
		"\tWORD $0x4e080f60 // dup v0.2d, x27",
		"\tWORD $0x910003e0 // add x0, sp, #0",
		"\tWORD $0x0b3f43ff // add wsp, wsp, wzr",
	} {
		_, err := readWords("f.s", "TEXT\n"+line)
		require.ErrorContains(t, err, "f.s:2", line)
	}
	words, err := readWords("f.s", "// no WORD here\n\tWORD    $0x4e040c60 // dup v0.4s, w3\n\tRET\n")
	require.NoError(t, err)
	require.Equal(t, []rawWord{{"f.s:2", 0x4e040c60, "dup v0.4s, w3"}}, words)
}
