package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// workDir is where the program runs; testdata lies in it.
const workDir = "/work"

// request tells init what to run.
type request struct {
	Args []string
	Env  []string
	Dir  string
}

// rootFS writes the root file system, a cpio archive, and returns its name.
func rootFS(dir, init, program string, args []string) (path string, err error) {
	text, err := json.Marshal(request{args, environment(), workDir})
	if err != nil {
		return "", err
	}
	var a archive
	for _, name := range []string{"proc", "dev", "tmp", "work"} {
		a.add(name, fs.ModeDir|0o755, nil)
	}
	a.add("request.json", 0o644, text)
	for name, from := range map[string]string{"init": init, "program": program} {
		data, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		a.add(name, 0o755, data)
	}
	if err := a.addFiles("work", "."); err != nil {
		return "", err
	}
	if err := a.addTree("work/testdata", "testdata"); err != nil {
		return "", err
	}
	a.add("TRAILER!!!", 0, nil)
	path = filepath.Join(dir, "root.cpio")
	return path, os.WriteFile(path, a.Bytes(), 0o644)
}

// goDebug keeps Go's own code from AVX-512: its garbage collector's comes to
// wrong results on Bochs 2.7. Packages that ask the CPU themselves are not
// affected.
const goDebug = "cpu.avx512f=off,cpu.avx512bw=off,cpu.avx512vl=off,cpu.avx512dq=off"

// environment returns the variables that steer tests.
func environment() (list []string) {
	debug := goDebug
	if own := os.Getenv("GODEBUG"); own != "" {
		debug += "," + own
	}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "PFFEDGE_") || name == "GOMAXPROCS" || name == "GOGC" {
			list = append(list, entry)
		}
	}
	return append(list, "GODEBUG="+debug, "HOME=/tmp", "TMPDIR=/tmp", "PATH=/")
}

// archive is a cpio archive in the "new ASCII" format, the one that a kernel
// unpacks: for each member a header of 8-digit hexadecimal fields, the name
// and the data, each padded to four bytes.
type archive struct {
	bytes.Buffer
	members int
}

func (a *archive) add(name string, mode fs.FileMode, data []byte) {
	const directory, regular = 0o040000, 0o100000
	kind := regular
	if mode.IsDir() {
		kind = directory
	}
	a.members++
	fmt.Fprintf(a, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", a.members, kind|int(mode.Perm()),
		0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0)
	a.WriteString(name + "\x00")
	a.pad()
	a.Write(data)
	a.pad()
}

func (a *archive) pad() {
	for a.Len()%4 != 0 {
		a.WriteByte(0)
	}
}

// addFiles adds the files of the folder from, but none of its folders, to the
// folder name: some tests read their package's sources.
func (a *archive) addFiles(name, from string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		a.add(name+"/"+e.Name(), 0o644, data)
	}
	return nil
}

// addTree adds the folder from as name, if it exists.
func (a *archive) addTree(name, from string) error {
	if _, err := os.Stat(from); err != nil {
		return nil
	}
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		member := filepath.ToSlash(filepath.Join(name, inside))
		if d.IsDir() {
			a.add(member, fs.ModeDir|0o755, nil)
			return nil
		}
		data, err := os.ReadFile(path)
		a.add(member, 0o644, data)
		return err
	})
}
