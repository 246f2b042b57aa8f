package asm

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// examples has at least one instruction of every form, at the edges of its
// operands where that matters.
const examples = `
fmla v0.4s, v24.4s, v30.s[1]
fmla v31.4s, v31.4s, v31.s[3]
fmla v0.2d, v1.2d, v17.d[1]
fmla v1.2s, v2.2s, v3.2s
fmla v1.4s, v2.4s, v3.4s
fmls v1.4s, v2.4s, v3.4s
fmls v1.4s, v2.4s, v29.s[2]
fmul v1.4s, v2.4s, v3.s[0]
fmul v1.4s, v2.4s, v3.4s
fadd v1.4s, v2.4s, v3.4s
fadd v1.2d, v2.2d, v3.2d
fsub v1.4s, v2.4s, v3.4s
fdiv v1.4s, v2.4s, v3.4s
fabd v1.4s, v2.4s, v3.4s
fmax v1.4s, v2.4s, v3.4s
fmin v1.4s, v2.4s, v3.4s
fmaxnm v1.4s, v2.4s, v3.4s
fminnm v1.4s, v2.4s, v3.4s
faddp v1.4s, v2.4s, v3.4s
fmaxp v1.4s, v2.4s, v3.4s
fminp v1.4s, v2.4s, v3.4s
fcmeq v1.4s, v2.4s, v3.4s
fcmge v1.4s, v2.4s, v3.4s
fcmgt v1.2d, v2.2d, v3.2d
facge v1.4s, v2.4s, v3.4s
facgt v1.4s, v2.4s, v3.4s
frecps v1.4s, v2.4s, v3.4s
frsqrts v1.4s, v2.4s, v3.4s
add v1.16b, v2.16b, v3.16b
add v1.2d, v2.2d, v3.2d
sub v1.4s, v2.4s, v3.4s
mul v1.4s, v2.4s, v3.4s
mla v1.8h, v2.8h, v3.8h
mls v1.4s, v2.4s, v3.4s
mul v1.8h, v2.8h, v15.h[7]
mla v1.4s, v2.4s, v31.s[3]
mls v1.4h, v2.4h, v3.h[2]
addp v1.4s, v2.4s, v3.4s
smax v1.4s, v2.4s, v3.4s
smin v1.8b, v2.8b, v3.8b
umax v1.4s, v2.4s, v3.4s
umin v1.16b, v2.16b, v3.16b
cmgt v1.4s, v2.4s, v3.4s
cmge v1.4s, v2.4s, v3.4s
cmhi v1.4s, v2.4s, v3.4s
cmhs v1.2d, v2.2d, v3.2d
cmeq v1.4s, v2.4s, v3.4s
cmtst v1.4s, v2.4s, v3.4s
sshl v1.4s, v2.4s, v3.4s
ushl v1.4s, v2.4s, v3.4s
and v1.16b, v2.16b, v3.16b
bic v1.16b, v2.16b, v3.16b
orr v1.16b, v2.16b, v3.16b
orn v1.8b, v2.8b, v3.8b
eor v1.16b, v2.16b, v3.16b
bsl v1.16b, v2.16b, v3.16b
bit v1.16b, v2.16b, v3.16b
bif v1.16b, v2.16b, v3.16b
mov v1.16b, v2.16b
mov v1.8b, v2.8b
abs v1.4s, v2.4s
neg v1.2d, v2.2d
rev64 v1.4s, v2.4s
rev32 v1.8h, v2.8h
not v1.16b, v2.16b
cmgt v1.4s, v2.4s, #0
cmge v1.8h, v2.8h, #0
cmeq v1.16b, v2.16b, #0
cmle v1.4s, v2.4s, #0
cmlt v1.4s, v2.4s, #0
fabs v1.4s, v2.4s
fneg v1.2d, v2.2d
fsqrt v1.4s, v2.4s
frecpe v1.4s, v2.4s
frsqrte v1.4s, v2.4s
frintn v1.4s, v2.4s
frintm v1.4s, v2.4s
frintp v1.4s, v2.4s
frintz v1.4s, v2.4s
frinta v1.4s, v2.4s
scvtf v1.4s, v2.4s
ucvtf v1.2s, v2.2s
fcvtns v1.4s, v2.4s
fcvtnu v1.4s, v2.4s
fcvtms v1.4s, v2.4s
fcvtzs v1.4s, v2.4s
fcvtzu v1.2d, v2.2d
fcmgt v1.4s, v2.4s, #0
fcmge v1.4s, v2.4s, #0.0
fcmeq v1.2d, v2.2d, #0.0
fcmle v1.4s, v2.4s, #0
fcmlt v1.4s, v2.4s, #0
fcmlt v1.4s, v2.4s, #0.0
fcmgt v1.4s, v2.4s, #0.0
fcmle v1.4s, v2.4s, #0.0
fcmeq v1.4s, v2.4s, #0
fcmge v1.4s, v2.4s, #0
saddlp v1.8h, v2.16b
uaddlp v1.1d, v2.2s
sadalp v1.4s, v2.8h
sadalp v1.2s, v2.4h
uadalp v1.2d, v2.4s
xtn v1.8b, v2.8h
xtn2 v1.16b, v2.8h
xtn v1.2s, v2.2d
sqxtun v1.4h, v2.4s
sqxtun2 v1.8h, v2.4s
sqxtn v1.4h, v2.4s
sqxtn2 v1.8h, v2.4s
uqxtn v1.8b, v2.8h
uqxtn2 v1.16b, v2.8h
addv s1, v2.4s
addv b1, v2.16b
smaxv h1, v2.8h
sminv s1, v2.4s
umaxv b1, v2.8b
uminv s1, v2.4s
saddlv d1, v2.4s
uaddlv h1, v2.8b
fmaxv s1, v2.4s
fminv s1, v2.4s
faddp s1, v2.2s
faddp d1, v2.2d
fmaxp s1, v2.2s
fminp s1, v2.2s
addp d1, v2.2d
saddl v1.8h, v2.8b, v3.8b
uaddl2 v1.4s, v2.8h, v3.8h
saddw v1.4s, v2.4s, v3.4h
uaddw2 v1.8h, v2.8h, v3.16b
ssubl v1.8h, v2.8b, v3.8b
usubl2 v1.8h, v2.16b, v3.16b
smull v1.8h, v2.8b, v3.8b
smull2 v1.8h, v2.16b, v3.16b
umull v1.2d, v2.2s, v3.2s
umull2 v1.2d, v2.4s, v3.4s
smlal v1.8h, v2.8b, v3.8b
smlal2 v1.8h, v2.16b, v3.16b
umlal v1.4s, v2.4h, v3.4h
smlsl v1.4s, v2.4h, v3.4h
umlsl2 v1.4s, v2.8h, v3.8h
smull v1.4s, v2.4h, v3.h[5]
smull2 v1.4s, v2.8h, v15.h[7]
smlal v1.4s, v2.4h, v3.h[0]
smlal2 v1.2d, v2.4s, v31.s[3]
umlal v1.2d, v2.2s, v3.s[1]
umull v1.2d, v2.2s, v3.s[1]
umull2 v1.4s, v2.8h, v3.h[1]
sdot v1.4s, v2.16b, v3.16b
sdot v1.2s, v2.8b, v3.8b
sdot v1.4s, v2.16b, v31.4b[3]
udot v1.4s, v2.16b, v3.16b
udot v1.2s, v2.8b, v3.4b[1]
shl v1.4s, v2.4s, #0
shl v1.4s, v2.4s, #31
shl v1.2d, v2.2d, #63
sli v1.4s, v2.4s, #23
sri v1.4s, v2.4s, #9
sshr v1.4s, v2.4s, #31
sshr v1.4s, v2.4s, #32
ushr v1.16b, v2.16b, #1
ushr v1.2d, v2.2d, #64
ssra v1.4s, v2.4s, #3
usra v1.4s, v2.4s, #3
srshr v1.4s, v2.4s, #3
urshr v1.4s, v2.4s, #3
shrn v1.4h, v2.4s, #16
shrn2 v1.8h, v2.4s, #16
rshrn v1.8b, v2.8h, #1
sqshrn v1.4h, v2.4s, #5
sqrshrn2 v1.8h, v2.4s, #5
sqshrun v1.8b, v2.8h, #5
uqshrn v1.2s, v2.2d, #32
sshll v1.8h, v2.8b, #3
sshll2 v1.4s, v2.8h, #3
ushll v1.2d, v2.2s, #31
sxtl v1.8h, v2.8b
sxtl2 v1.4s, v2.8h
uxtl v1.4s, v2.4h
uxtl2 v1.8h, v2.16b
dup v1.4s, v2.s[3]
dup v1.2d, v2.d[1]
dup v1.16b, v2.b[15]
dup v1.4s, w2
dup v1.8h, w26
dup v1.2d, x2
ins v1.s[2], w3
ins v1.d[1], x3
ins v1.s[2], v3.s[1]
ins v1.b[15], v3.b[7]
mov v1.s[2], w3
mov v1.h[2], v3.h[1]
mov s1, v2.s[3]
mov d1, v2.d[1]
umov w1, v2.s[3]
umov w1, v2.b[15]
umov x1, v2.d[1]
movi v1.4s, #0
movi v1.4s, #255
movi v1.4s, #127, lsl #8
movi v1.2s, #1, lsl #24
movi v1.8h, #1, lsl #8
movi v1.16b, #0x7f
movi v1.2d, #0
mvni v1.4s, #128, lsl #24
mvni v1.8h, #3
fmov v1.4s, #1.0
fmov v1.4s, #-0.5
fmov v1.4s, #0.125
fmov v1.2s, #31.0
fmov v1.2d, #2.0
uzp1 v1.4s, v2.4s, v3.4s
uzp2 v1.16b, v2.16b, v3.16b
trn1 v1.2d, v2.2d, v3.2d
trn2 v1.4s, v2.4s, v3.4s
zip1 v1.8h, v2.8h, v3.8h
zip2 v1.2d, v2.2d, v3.2d
ext v1.16b, v2.16b, v3.16b, #15
ext v1.8b, v2.8b, v3.8b, #4
tbl v1.16b, {v2.16b}, v3.16b
tbl v1.8b, {v2.16b}, v3.8b
`

func exampleLines() []string { return strings.Split(strings.TrimSpace(examples), "\n") }

// TestEncode compares with the GNU assembler, all instructions in one file.
func TestEncode(t *testing.T) {
	want := gnuWords(t, exampleLines())
	for i, text := range exampleLines() {
		got, err := Encode(text)
		if err != nil {
			t.Error(err)
		} else if got != want[i] {
			t.Errorf("%s: %08x, GNU as says %08x", text, got, want[i])
		}
	}
}

// gnuWords assembles instructions for a CPU with dot products.
func gnuWords(t *testing.T, texts []string) (words []uint32) {
	t.Helper()
	assembler, err := exec.LookPath("aarch64-linux-gnu-as")
	if err != nil {
		if os.Getenv("PFFEDGE_REQUIRE") != "" {
			t.Fatalf("PFFEDGE_REQUIRE is set: %v", err)
		}
		t.Skipf("%v: encodings are not compared (Debian: binutils-aarch64-linux-gnu)", err)
	}
	object, raw := filepath.Join(t.TempDir(), "words.o"), filepath.Join(t.TempDir(), "words.bin")
	as := exec.Command(assembler, "-march=armv8.2-a+dotprod", "-o", object, "-")
	as.Stdin = strings.NewReader(strings.Join(texts, "\n") + "\n")
	run(t, as)
	run(t, exec.Command("aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", object, raw))
	code, err := os.ReadFile(raw)
	if err != nil || len(code) != 4*len(texts) {
		t.Fatalf("%d bytes for %d instructions: %v", len(code), len(texts), err)
	}
	for i := range texts {
		words = append(words, binary.LittleEndian.Uint32(code[4*i:]))
	}
	return words
}

func run(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
}

// TestEveryMnemonicHasAnExample keeps a form from being added untested.
func TestEveryMnemonicHasAnExample(t *testing.T) {
	seen := map[string]bool{}
	for _, text := range exampleLines() {
		mnemonic, operands, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		pattern := ""
		for _, o := range operands {
			pattern += string(o.kind)
		}
		seen[mnemonic+" "+pattern] = true
		seen[strings.TrimSuffix(mnemonic, "2")+" "+pattern] = true
	}
	for mnemonic, list := range forms {
		for _, f := range list {
			if !seen[mnemonic+" "+f.pattern] && !seen[strings.TrimSuffix(mnemonic, "2")+" "+f.pattern] {
				t.Errorf("no example of %s %s", mnemonic, f.pattern)
			}
		}
	}
}

// TestEncodeRefuses covers what must not become a word.
func TestEncodeRefuses(t *testing.T) {
	for _, text := range []string{
		"", "fmla", "frobnicate v0.4s, v1.4s", "fmla v0.4s, v1.4s", "fmla v0.4s, v1.4s, v2.4s, v3.4s",
		"fmla v32.4s, v1.4s, v2.4s", "fmla v0.4s, v1.2s, v2.4s", "fmla v0.8h, v1.8h, v2.8h", "fmla v0.5s, v1.4s, v2.4s",
		"fmla v0.4s, v1.4s, v2.s[4]", "fmla v0.4s, v1.4s, v2.d[0]", "fmla v0.4s, v1.4s, v2.s[-1]", "fmla V0.4s, v1.4s, v2.4s",
		"fmul v0.2d, v1.2d, v2.d[2]", "mul v0.2d, v1.2d, v2.2d", "mul v0.8h, v1.8h, v16.h[0]", "mul v0.8h, v1.8h, v2.h[8]",
		"and v0.4s, v1.4s, v2.4s", "scvtf v0.8h, v1.8h", "fcmgt v0.4s, v1.4s, #1", "fcmgt v0.4s, v1.4s, #0.5", "cmlt v0.4s, v1.4s, #1",
		"smull v0.8h, v1.16b, v2.16b", "smull2 v0.8h, v1.8b, v2.8b", "smull v0.4s, v1.8b, v2.8b", "saddw v0.8h, v1.8b, v2.8b",
		"sadalp v0.4s, v1.4s", "saddlp v0.8h, v1.8h", "sdot v0.4s, v1.8b, v2.8b", "sdot v0.4s, v1.16b, v2.s[0]", "sdot v0.4s, v1.16b, v2.4b[4]",
		"xtn v0.16b, v1.8h", "xtn2 v0.8b, v1.8h", "sqxtn v0.4s, v1.4s", "addv s0, v1.8h", "addv d0, v1.2d", "faddp s0, v1.4s",
		"shl v0.4s, v1.4s, #32", "shl v0.4s, v1.4s, #-1", "ushr v0.4s, v1.4s, #0", "ushr v0.4s, v1.4s, #33", "shrn v0.4h, v1.4s, #17",
		"sshll v0.8h, v1.8b, #8", "uxtl v0.4s, v1.4s", "uxtl2 v0.4s, v1.4h",
		"dup v0.4s, v1.d[0]", "dup v0.4s, x1", "dup v0.2d, w1", "dup v0.1d, x1", "dup v0.4s, w18", "dup v0.4s, w27", "dup v0.4s, w28", "dup v0.2d, x29",
		"dup v0.2d, x30", "dup v0.4s, w31", "dup v0.4s, wsp", "dup v0.2d, sp", "dup v0.4s, wzr", "umov x30, v0.d[0]",
		"ins v0.s[4], w1", "ins v0.s[0], x1", "ins v0.s[0], v1.h[0]", "ins v0.b[16], w1", "umov x0, v1.s[0]", "umov w0, v1.d[0]", "mov s0, v1.d[0]",
		"movi v0.4s, #256", "movi v0.4s, #-1", "movi v0.4s, #1, lsl #32", "movi v0.4s, #1, lsl #4", "movi v0.2d, #1", "mvni v0.16b, #1", "movi v0.8b, #1, lsl #8",
		"fmov v0.4s, #0.1", "fmov v0.4s, #0.0", "fmov v0.4s, #32.0", "fmov v0.8h, #1.0",
		"ext v0.16b, v1.16b, v2.16b, #16", "ext v0.8b, v1.8b, v2.8b, #8", "ext v0.4s, v1.4s, v2.4s, #1", "zip1 v0.1d, v1.1d, v2.1d", "tbl v0.4s, {v1.16b}, v2.4s",
	} {
		if word, err := Encode(text); err == nil {
			t.Errorf("%q gave %08x, want an error", text, word)
		} else if !strings.HasPrefix(err.Error(), text) {
			t.Errorf("%q: the error %q does not name it", text, err)
		}
	}
}

// TestFuncCollectsErrors: nothing is written where an instruction is wrong.
func TestFuncCollectsErrors(t *testing.T) {
	f := NewFile("test")
	k := f.Func("kernel", "kernel does nothing.", "n int", "scale float32")
	k.Arg("scale", "F0")
	if f.Err() != nil {
		t.Fatal(f.Err())
	}
	k.Gnu("fadd v0.4s, v1.4s, v%d.4s", 40)
	k.Arg("missing", "R0")
	f.Func("other", "other takes what is not known.", "x []float32")
	for _, want := range []string{"v40", `"missing"`, "[]float32"} {
		if !strings.Contains(fmt.Sprint(f.Err()), want) {
			t.Errorf("%v does not mention %s", f.Err(), want)
		}
	}
	out := filepath.Join(t.TempDir(), "out.s")
	if f.write(out, out, "simd") == nil {
		t.Error("written in spite of errors")
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("the file exists")
	}
}

func TestFuncFrame(t *testing.T) {
	f := NewFile("test")
	k := f.Func("kernel", "kernel does nothing.", "n uint32", "p *float32", "s float32")
	k.Arg("n", "R0")
	k.Arg("p", "R1")
	k.Arg("s", "F0")
	k.Ret()
	for _, want := range []string{"$0-20\n", "MOVWU   n+0(FP), R0", "MOVD    p+8(FP), R1", "FMOVS   s+16(FP), F0", "\tRET\n"} {
		if !strings.Contains(string(f.Assembly()), want) {
			t.Errorf("no %q in\n%s", want, f.Assembly())
		}
	}
	stubs, err := f.Stubs("simd")
	if err != nil || !strings.Contains(string(stubs), "func kernel(n uint32, p *float32, s float32)") {
		t.Errorf("%v\n%s", err, stubs)
	}
}
