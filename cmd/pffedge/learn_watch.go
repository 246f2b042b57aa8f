package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/durable"
)

// Folders that a watched one gets, which are not looked into.
const (
	learnedFolder = ".learned"
	badFolder     = ".bad"
)

// watcher finds the images that come into the class-named folders of a folder. That an
// image has been learned is told by where it lies.
type watcher struct {
	dir     string
	poll    time.Duration
	input   model.Input
	skipBad bool

	seen, handed map[string]version // as of the last look, by path
}

// version tells a file from what it was before.
type version struct {
	size int64
	time time.Time
}

func newWatcher(dir string, poll time.Duration, in model.Input) (*watcher, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder", dir)
	}
	return &watcher{dir: dir, poll: poll, input: in}, nil
}

// samples yields images as they come, until ctx ends.
func (w *watcher) samples(ctx context.Context) iter.Seq2[data.Labelled, error] {
	return func(yield func(data.Labelled, error) bool) {
		for ctx.Err() == nil {
			ready, err := w.look()
			if err != nil {
				yield(data.Labelled{}, err)
				return
			}
			for _, path := range ready {
				if !w.read(ctx, path, yield) {
					return
				}
			}
			select {
			case <-ctx.Done():
			case <-time.After(w.poll):
			}
		}
	}
}

// look returns the files that are as they were at the last look and have not been
// handed out.
func (w *watcher) look() (ready []string, err error) {
	now, err := w.list()
	if err != nil {
		return nil, err
	}
	handed := map[string]version{}
	for _, path := range slices.Sorted(maps.Keys(now)) {
		before, known := w.seen[path]
		switch {
		case w.handed[path] == now[path]:
			handed[path] = now[path]
		case known && before == now[path]:
			handed[path] = now[path]
			ready = append(ready, path)
		}
	}
	w.seen, w.handed = now, handed
	return ready, nil
}

// list returns the files in the folders of classes.
func (w *watcher) list() (map[string]version, error) {
	files := map[string]version{}
	classes, err := os.ReadDir(w.dir)
	if err != nil {
		return nil, err
	}
	for _, class := range classes {
		if strings.HasPrefix(class.Name(), ".") {
			continue
		}
		dir := filepath.Join(w.dir, class.Name())
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			info, err := e.Info()
			if err == nil && info.Mode().IsRegular() && info.Size() > 0 && !strings.HasPrefix(e.Name(), ".") {
				files[filepath.Join(dir, e.Name())] = version{info.Size(), info.ModTime()}
			}
		}
	}
	return files, nil
}

// read hands out the image in a file; false means that no more is wanted.
func (w *watcher) read(ctx context.Context, path string, yield func(data.Labelled, error) bool) bool {
	x, err := data.ReadPicture(path, w.input)
	if err == nil {
		return yield(data.Labelled{Sample: data.Sample{Name: path, X: x}, Class: filepath.Base(filepath.Dir(path))}, nil)
	}
	switch {
	case ctx.Err() != nil:
		return false
	case errors.Is(err, fs.ErrNotExist):
		return true // it has been taken away again
	case !w.skipBad:
		yield(data.Labelled{}, err)
		return false
	}
	if moveErr := w.move(badFolder, []string{path}); moveErr != nil {
		yield(data.Labelled{}, moveErr)
		return false
	}
	return yield(data.Labelled{}, passedOver{err})
}

// learned moves images that have been learned out of the way.
func (w *watcher) learned(batch []data.Labelled) error {
	paths := make([]string, len(batch))
	for i, s := range batch {
		paths[i] = s.Name
	}
	return w.move(learnedFolder, paths)
}

// move moves files to the folder of their class in a folder, and waits for the medium.
func (w *watcher) move(folder string, paths []string) error {
	folders := map[string]bool{}
	for _, path := range paths {
		from := filepath.Dir(path)
		to := filepath.Join(w.dir, folder, filepath.Base(from))
		if err := os.MkdirAll(to, 0o755); err != nil {
			return err
		}
		if err := os.Rename(path, freeName(filepath.Join(to, filepath.Base(path)))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		folders[from], folders[to], folders[filepath.Dir(to)] = true, true, true
	}
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		if err := (durable.OS{}).SyncDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// freeName returns path, or one like it that no file has.
func freeName(path string) string {
	ext := filepath.Ext(path)
	free := path
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); err != nil {
			return free
		}
		free = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, ext), n, ext)
	}
}
