package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// artefacts names a folder in which screenshots are kept.
const artefacts = "PFFEDGE_ARTEFACTS"

// browser starts a headless Chromium; without one the test is skipped, or fails where it
// is required.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("PFFEDGE_REQUIRE") != "" {
			t.Fatal("no Chromium")
		}
		t.Skip("needs Chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1440, 900))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// point is a place on the canvas, 0…1 from its upper left corner.
type point struct{ x, y float64 }

// draw moves the mouse over the canvas with its button pressed.
func draw(stroke ...point) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		var box []float64
		if err := chromedp.Evaluate(`(() => { const e = document.querySelector('#draw'); e.scrollIntoView({block: 'center', behavior: 'instant'}); const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; })()`, &box).Do(ctx); err != nil {
			return err
		}
		mouse := func(kind input.MouseType, p point) error {
			return input.DispatchMouseEvent(kind, box[0]+p.x*box[2], box[1]+p.y*box[3]).WithButton(input.Left).WithButtons(1).WithClickCount(1).Do(ctx)
		}
		if err := mouse(input.MousePressed, stroke[0]); err != nil {
			return err
		}
		for i := 1; i < len(stroke); i++ {
			for k := 1; k <= 6; k++ {
				f := float64(k) / 6
				a, b := stroke[i-1], stroke[i]
				if err := mouse(input.MouseMoved, point{a.x + f*(b.x-a.x), a.y + f*(b.y-a.y)}); err != nil {
					return err
				}
			}
		}
		return mouse(input.MouseReleased, stroke[len(stroke)-1])
	})
}

// ring is a 0, one is a 1, and cross what is neither.
func ring() (list []point) {
	for i := range 25 {
		a := float64(i) / 24 * 2 * math.Pi
		list = append(list, point{0.5 - 0.2*math.Sin(a), 0.5 - 0.3*math.Cos(a)})
	}
	return list
}

func one() []point { return []point{{0.5, 0.2}, {0.5, 0.8}} }

func wipe() chromedp.Action { return chromedp.Click("#clear", chromedp.ByQuery) }

// says waits for what is predicted.
func says(class string) chromedp.Action {
	return chromedp.Poll(fmt.Sprintf(`document.querySelector('#prediction').textContent.trim().startsWith(%q)`, class), nil, chromedp.WithPollingTimeout(20*time.Second))
}

// is waits for something to be so.
func is(condition string) chromedp.Action {
	return chromedp.Poll(condition, nil, chromedp.WithPollingTimeout(30*time.Second))
}

// screenshot keeps a picture of the page at that width.
func screenshot(t *testing.T, name string, width, height int64) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		if err := emulation.SetDeviceMetricsOverride(width, height, 1, width < 500).Do(ctx); err != nil {
			return err
		}
		var scroll bool
		if err := chromedp.Evaluate(`document.documentElement.scrollWidth > window.innerWidth`, &scroll).Do(ctx); err != nil {
			return err
		}
		require.False(t, scroll, "%s scrolls sideways at %d pixels", name, width)
		var b []byte
		if err := chromedp.FullScreenshot(&b, 100).Do(ctx); err != nil {
			return err
		}
		if dir := os.Getenv(artefacts); dir != "" {
			require.NoError(t, os.MkdirAll(dir, 0o777))
			require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)), b, 0o666))
		}
		return emulation.ClearDeviceMetricsOverride().Do(ctx)
	})
}

// TestPage is what somebody does at the page: draw, see what it is, teach a class, undo,
// come back, and find everything there after a crash.
func TestPage(t *testing.T) {
	ctx := browser(t)
	folder := t.TempDir()
	file, dir := filepath.Join(folder, "digits.pff"), filepath.Join(folder, "store")
	done2(t, "train", "--data", "synthetic", "--size", "28x28", "--limit", "3000", "--hidden", "100,100", "--epochs", "4", "--shift", "1", "--out", file)
	done2(t, "store", "create", "--model", file, "--data", "synthetic", dir)
	s := startServe(t, dir, "--sleep-after", "0")
	count := func(n int) string {
		return fmt.Sprintf(`document.querySelectorAll('#classes [data-class]').length === %d`, n)
	}
	require.NoError(t, chromedp.Run(ctx, chromedp.Navigate(s.url+"/"), is(count(10)), screenshot(t, "empty", 390, 844), screenshot(t, "empty", 1440, 900)))

	require.NoError(t, chromedp.Run(ctx, draw(ring()...), says("0"), wipe(), draw(one()...), says("1"),
		screenshot(t, "predicted", 390, 844), screenshot(t, "predicted", 1440, 900)), "draw a digit")

	cross := []chromedp.Action{wipe(), draw(point{0.25, 0.25}, point{0.75, 0.75}), draw(point{0.75, 0.25}, point{0.25, 0.75})}
	teach := append(cross, is(`!document.querySelector('#teach-new').disabled && document.querySelector('#prediction').textContent !== ''`), chromedp.Sleep(time.Second),
		chromedp.Evaluate(`document.querySelector('#teach-new').value = ''`, nil), chromedp.SendKeys("#teach-new", "cross", chromedp.ByQuery), is(`!document.querySelector('#teach-new-button').disabled`), chromedp.Click("#teach-new-button", chromedp.ByQuery), is(count(11)))
	require.NoError(t, chromedp.Run(ctx, teach...), "teach a new class: %s", s.stderr)
	require.NoError(t, chromedp.Run(ctx, append(cross, says("cross"), screenshot(t, "taught", 390, 844), screenshot(t, "taught", 1440, 900))...), "it is recognised")

	require.NoError(t, chromedp.Run(ctx, chromedp.Reload(), is(count(11))), "the state is kept")
	require.NoError(t, chromedp.Run(ctx, is(`!document.querySelector('#undo-last').disabled`), chromedp.Click("#undo-last", chromedp.ByQuery), is(count(10))), "undo")
	require.NoError(t, chromedp.Run(ctx, append(cross, is(`document.querySelector('#prediction').textContent.trim() !== ''`), is(`!document.querySelector('#prediction').textContent.trim().startsWith('cross')`))...), "it is gone")

	// Taught again, then killed: the page finds the service again, and the class in it.
	require.NoError(t, chromedp.Run(ctx, teach...))
	require.NoError(t, s.cmd.Process.Kill())
	s.cmd.Wait()
	require.NoError(t, chromedp.Run(ctx, is(`!document.querySelector('#offline').hidden`), screenshot(t, "offline", 390, 844)), "the page says that it is offline")
	startServe(t, dir, "--sleep-after", "0", "--addr", strings.TrimPrefix(s.url, "http://"))
	require.NoError(t, chromedp.Run(ctx, is(`document.querySelector('#offline').hidden`), is(count(11)), is(`document.querySelector('[data-class="cross"]') !== null`)), "it is back")
}
