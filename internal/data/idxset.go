package data

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/pffedge/pffedge/model"
)

// idxNames returns the usual spellings of a file of MNIST; kind is "images"
// or "labels".
func idxNames(split Split, kind string) []string {
	prefix := map[Split]string{Train: "train", Test: "t10k"}[split]
	rank := map[string]string{"images": "idx3", "labels": "idx1"}[kind]
	var names []string
	for _, sep := range []string{"-", "."} {
		name := fmt.Sprintf("%s-%s%s%s-ubyte", prefix, kind, sep, rank)
		names = append(names, name, name+".gz")
	}
	return names
}

// findIDX returns the path of a file of MNIST in dir, "" when there is none.
func findIDX(dir string, split Split, kind string) string {
	for _, name := range idxNames(split, kind) {
		if path := filepath.Join(dir, name); exists(path) {
			return path
		}
	}
	return ""
}

// exists counts a broken link too: opening it then says what is wrong.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func isIDXFolder(dir string) bool {
	for _, split := range []Split{Train, Test} {
		if findIDX(dir, split, "images") != "" || findIDX(dir, split, "labels") != "" {
			return true
		}
	}
	return false
}

// needIDX is findIDX for a file that must be there.
func needIDX(dir string, split Split, kind string) (string, error) {
	if path := findIDX(dir, split, kind); path != "" {
		return path, nil
	}
	return "", inFile(dir, "%w: no %s, plain or .gz", ErrNoSplit, idxNames(split, kind)[0])
}

func readIDXFolder(ctx context.Context, dir string, opt Options) (*Set, error) {
	raw, err := idxLabelBytes(ctx, dir, opt.Split)
	if err != nil {
		return nil, err
	}
	classes, err := idxClasses(ctx, dir, raw, opt)
	if err != nil {
		return nil, err
	}
	labelPath, _ := needIDX(dir, opt.Split, "labels")
	labels, err := idxLabelsOf(labelPath, raw, classes)
	if err != nil {
		return nil, err
	}
	s := &Set{Classes: classes, Labels: labels, Source: opt.source(dir, "IDX files")}
	if err := s.idxImages(ctx, dir, opt); err != nil {
		return nil, err
	}
	return s, nil
}

// idxLabelBytes reads the label file of a split.
func idxLabelBytes(ctx context.Context, dir string, split Split) ([]byte, error) {
	path, err := needIDX(dir, split, "labels")
	if err != nil {
		return nil, err
	}
	f, err := openIDX(path, idxLabels)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.items(ctx)
}

// idxClasses names the classes: those given, else "0"… up to the largest
// label of the training split, or of raw when there is no training split.
func idxClasses(ctx context.Context, dir string, raw []byte, opt Options) ([]string, error) {
	if opt.Classes != nil {
		return slices.Clone(opt.Classes), nil
	}
	if opt.Split != Train && findIDX(dir, Train, "labels") != "" {
		var err error
		if raw, err = idxLabelBytes(ctx, dir, Train); err != nil {
			return nil, err
		}
	}
	if len(raw) == 0 {
		return nil, nil
	}
	return numberNames(int(slices.Max(raw)) + 1), nil
}

// idxLabelsOf matches label bytes to classes: by name when the names are
// numbers, else by position.
func idxLabelsOf(path string, raw []byte, classes []string) ([]int32, error) {
	names := classes
	if !areNumbers(classes) {
		names = numberNames(len(classes))
	}
	index := newClassIndex(append([]string{}, names...))
	labels := make([]int32, len(raw))
	for i, b := range raw {
		l, err := index.label(strconv.Itoa(int(b)))
		if err != nil {
			return nil, atOffset(path, int64(8+i), "label %d of sample %d: %w", b, i, err)
		}
		labels[i] = l
	}
	return labels, nil
}

// idxImages reads the images of a split, scaled to the wanted size, or finds
// them a place on disk.
func (s *Set) idxImages(ctx context.Context, dir string, opt Options) error {
	path, err := needIDX(dir, opt.Split, "images")
	if err != nil {
		return err
	}
	f, err := openIDX(path, idxImages)
	if err != nil {
		return err
	}
	defer f.Close()
	if f.count() != s.Len() {
		return atOffset(path, 4, "%d images, but %d labels", f.count(), s.Len())
	}
	from := model.Image(f.dims[2], f.dims[1])
	if s.Input, err = opt.image(path, from.Width, from.Height); err != nil {
		return err
	}
	if opt.OnDisk {
		s.disk, err = f.onDisk(ctx, from, s.Input)
		return err
	}
	pixels, err := f.items(ctx)
	if err != nil {
		return err
	}
	s.pixels, err = resizeAll(ctx, path, pixels, from, s.Input)
	return err
}
