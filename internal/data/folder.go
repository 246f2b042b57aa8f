package data

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
)

// splitFolders are the names, in lower case, of folders that hold a split.
var splitFolders = map[Split][]string{
	Train: {"train", "training"},
	Test:  {"test", "testing"},
}

// picture is an image file and its class.
type picture struct {
	path  string
	label int32
}

func readImageFolder(ctx context.Context, dir string, opt Options) (*Set, error) {
	input, err := opt.image(dir, defaultSide, defaultSide)
	if err != nil {
		return nil, err
	}
	pictures, classes, err := findPictures(dir, opt)
	if err != nil {
		return nil, err
	}
	size := input.Size()
	if err := checkBytes(dir, len(pictures), size); err != nil {
		return nil, err
	}
	set := &Set{Input: input, Classes: classes, Source: opt.source(dir, "image folders")}
	set.Labels = make([]int32, len(pictures))
	set.pixels = make([]byte, len(pictures)*size)
	for i, p := range pictures {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := readPicture(set.pixels[i*size:(i+1)*size], p.path, input); err != nil {
			return nil, err
		}
		set.Labels[i] = p.label
	}
	return set, nil
}

// findPictures lists the images of a split and names the classes.
func findPictures(dir string, opt Options) ([]picture, []string, error) {
	folders, err := subfolders(dir)
	if err != nil {
		return nil, nil, err
	}
	train, test := splitFolder(dir, folders, Train), splitFolder(dir, folders, Test)
	if train == "" && test == "" {
		return splitPictures(dir, folders, opt)
	}
	own := map[Split]string{Train: train, Test: test}[opt.Split]
	if own == "" {
		return nil, nil, inFile(dir, "%w: no %s folder", ErrNoSplit, splitFolders[opt.Split][0])
	}
	given := opt.Classes
	if given == nil && opt.Split == Test && train != "" {
		if given, err = subfolders(train); err != nil {
			return nil, nil, err
		}
	}
	if folders, err = subfolders(own); err != nil {
		return nil, nil, err
	}
	return labelPictures(own, folders, given)
}

// splitFolder returns the one of folders that holds a split: by its name,
// and because it holds folders in turn. "" when there is none.
func splitFolder(dir string, folders []string, split Split) string {
	for _, name := range folders {
		path := filepath.Join(dir, name)
		if !slices.Contains(splitFolders[split], strings.ToLower(name)) {
			continue
		}
		if inner, err := subfolders(path); err == nil && len(inner) > 0 {
			return path
		}
	}
	return ""
}

// subfolders returns the names of the folders in dir, in natural order.
func subfolders(dir string) ([]string, error) {
	names, err := list(dir)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(name string) bool { return !isDir(filepath.Join(dir, name)) }), nil
}

// splitPictures lists the images of a set without splits of its own.
func splitPictures(dir string, folders []string, opt Options) ([]picture, []string, error) {
	all, classes, err := labelPictures(dir, folders, opt.Classes)
	if err != nil {
		return nil, nil, err
	}
	seen := make([]int, len(classes))
	some := slices.DeleteFunc(all, func(p picture) bool {
		seen[p.label]++
		return splitOf(seen[p.label]-1) != opt.Split
	})
	return some, classes, nil
}

// labelPictures lists the images in the class folders of dir, class after
// class. Classes are those given, else the folders.
func labelPictures(dir string, folders, given []string) ([]picture, []string, error) {
	if len(folders) == 0 {
		return nil, nil, inFile(dir, "%w: no class folders, IDX files or train.csv in it", ErrUnknownFormat)
	}
	index := newClassIndex(given)
	var pictures []picture
	for _, folder := range folders {
		path := filepath.Join(dir, folder)
		label, err := index.label(folder)
		if err != nil {
			return nil, nil, inFile(path, "%w", err)
		}
		names, err := list(path)
		if err != nil {
			return nil, nil, err
		}
		if len(names) == 0 {
			return nil, nil, inFile(path, "%w: the class folder is empty", ErrEmpty)
		}
		for _, name := range names {
			if !isPictureName(name) {
				return nil, nil, inFile(filepath.Join(path, name), "%w, nothing else may be in a class folder", errNotPicture)
			}
			pictures = append(pictures, picture{filepath.Join(path, name), label})
		}
	}
	return pictures, index.names, nil
}
