package main

import (
	"encoding/hex"
	"fmt"
	"text/tabwriter"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model"
)

// verification is what `pffedge inspect --verify --json` prints.
type verification struct {
	File     string          `json:"file"`
	Sound    bool            `json:"sound"`
	Error    string          `json:"error,omitempty"` // the first thing wrong
	Sections []sectionHealth `json:"sections"`
}

type sectionHealth struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Error string `json:"error,omitempty"`
}

// verifySections reports on every section. Damage is an error, after the report.
func (a *app) verifySections(path string) error {
	info, states, err := model.Verify(path)
	if info == nil {
		return err
	}
	v := verification{File: path, Sound: err == nil}
	if err != nil {
		v.Error = err.Error()
	}
	for _, s := range states {
		health := sectionHealth{Name: s.Name, Bytes: s.Bytes}
		if s.Err != nil {
			health.Error = s.Err.Error()
		}
		v.Sections = append(v.Sections, health)
	}
	if printing := a.showVerification(&v); printing != nil {
		return printing
	}
	return err
}

func (a *app) showVerification(v *verification) error {
	if a.json {
		return a.print(v)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, s := range v.Sections {
		state := "right"
		if s.Error != "" {
			state = s.Error
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, show.Bytes(s.Bytes), state)
	}
	if v.Sound {
		fmt.Fprintf(w, "\n%s: every byte is as it was written\n", v.File)
	}
	return w.Flush()
}

// mapLine is one line of `pffedge inspect --layout --json`.
type mapLine struct {
	Offset  int64  `json:"offset"`
	Bytes   int64  `json:"bytes"`
	Start   string `json:"start"` // in hex
	Meaning string `json:"meaning"`
	Damaged bool   `json:"damaged,omitempty"`
}

// showLayout prints what every byte of a file is for.
func (a *app) showLayout(path string) error {
	fields, err := model.Layout(path)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if a.json {
			err = a.print(mapLine{f.Offset, f.Length, hex.EncodeToString(f.Start), f.Meaning, f.Damaged})
		} else {
			err = a.showField(f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// showField prints where a field starts and its length, its first bytes and what
// they mean.
func (a *app) showField(f model.Field) error {
	start, mark := fmt.Sprintf("% x", f.Start), ""
	if f.Length > int64(len(f.Start)) {
		start += " …"
	}
	if f.Damaged {
		mark = "DAMAGED: "
	}
	_, err := fmt.Fprintf(a.stdout, "%08x %10d  %-49s  %s%s\n", f.Offset, f.Length, start, mark, f.Meaning)
	return err
}
