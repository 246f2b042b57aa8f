package page

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// read returns a file of the page.
func read(t testing.TB, name string) []byte {
	text, err := fs.ReadFile(Files, name)
	require.NoErrorf(t, err, "the page names %s", name)
	return text
}

// elements returns the elements of index.html, with the text that each begins with.
func elements(t testing.TB) (list []xml.StartElement, text []string) {
	d := xml.NewDecoder(bytes.NewReader(read(t, "index.html")))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return list, text
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			list, text = append(list, token.Copy()), append(text, "")
		case xml.CharData:
			if n := len(text); n > 0 && text[n-1] == "" {
				text[n-1] = strings.TrimSpace(string(token))
			}
		}
	}
}

func TestIndexNamesOnlyWhatIsThere(t *testing.T) {
	list, _ := elements(t)
	ids, named := map[string]bool{}, map[string]bool{}
	for _, e := range list {
		for _, a := range e.Attr {
			if a.Name.Local == "id" {
				require.Falsef(t, ids[a.Value], "two elements have the id %s", a.Value)
				ids[a.Value] = true
			}
		}
	}
	for _, e := range list {
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "src", "href":
				switch {
				case strings.HasPrefix(a.Value, "#"):
					require.Truef(t, ids[a.Value[1:]], "nothing has the id of %s", a.Value)
				case !strings.HasPrefix(a.Value, "v1/"):
					read(t, a.Value)
					named[a.Value] = true
				}
			case "for", "aria-labelledby", "aria-describedby":
				require.Truef(t, a.Value == "dialog-title" || ids[a.Value], "nothing has the id of %s", a.Value)
			}
		}
	}
	for _, name := range []string{"main.js", "style.css", "icon.svg", "manifest.json"} {
		require.Truef(t, named[name], "index.html does not name %s", name)
	}
}

// What the policy "script-src 'self'; style-src 'self'" forbids would fail silently.
func TestIndexHasNothingInline(t *testing.T) {
	list, text := elements(t)
	for i, e := range list {
		require.NotEqual(t, "style", e.Name.Local)
		require.NotEqual(t, "base", e.Name.Local)
		for _, a := range e.Attr {
			require.NotEqualf(t, "style", a.Name.Local, "<%s>", e.Name.Local)
			require.Falsef(t, strings.HasPrefix(a.Name.Local, "on"), "<%s %s>", e.Name.Local, a.Name.Local)
			require.Falsef(t, strings.HasPrefix(a.Value, "javascript:"), "<%s %s>", e.Name.Local, a.Name.Local)
		}
		if e.Name.Local == "script" {
			require.Empty(t, text[i])
		}
	}
}

var imported = regexp.MustCompile(`(?m)^(?:import|export)\b(?:[^'"\n]*\bfrom)?\s*['"]([^'"]+)['"]`)

// Scripts import only one another, all are reached from main.js, and the ids that they ask for
// are those of index.html.
func TestScripts(t *testing.T) {
	all, err := fs.Glob(Files, "*.js")
	require.NoError(t, err)
	reached, open := map[string]bool{"main.js": true}, []string{"main.js"}
	for len(open) > 0 {
		name := open[0]
		open = open[1:]
		for _, m := range imported.FindAllStringSubmatch(string(read(t, name)), -1) {
			require.Truef(t, strings.HasPrefix(m[1], "./"), "%s imports %s", name, m[1])
			if other := m[1][2:]; !reached[other] {
				read(t, other)
				reached[other], open = true, append(open, other)
			}
		}
	}
	list, _ := elements(t)
	ids := map[string]bool{}
	for _, e := range list {
		for _, a := range e.Attr {
			if a.Name.Local == "id" {
				ids[a.Value] = true
			}
		}
	}
	asked := regexp.MustCompile(`\$\('([^']+)'\)`)
	unsafe := regexp.MustCompile(`\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function)`)
	for _, name := range all {
		require.Truef(t, reached[name], "%s is not imported", name)
		text := string(read(t, name))
		require.Emptyf(t, unsafe.FindString(text), "%s: the name of a class could become more than text", name)
		for _, m := range asked.FindAllStringSubmatch(text, -1) {
			require.Truef(t, ids[m[1]], "%s asks for #%s, which index.html does not have", name, m[1])
		}
	}
}

func TestNothingIsAskedOfOthers(t *testing.T) {
	files, err := fs.Glob(Files, "*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		// A namespace is a name, not an address.
		text := strings.ReplaceAll(string(read(t, name)), "http://www.w3.org/2000/svg", "")
		require.NotRegexpf(t, `https?://|@import|url\(`, text, "%s", name)
	}
}

func TestManifest(t *testing.T) {
	var m struct {
		Name  string
		Icons []struct{ Src string }
	}
	require.NoError(t, json.Unmarshal(read(t, "manifest.json"), &m))
	require.NotEmpty(t, m.Name)
	for _, icon := range m.Icons {
		read(t, icon.Src)
	}
}
