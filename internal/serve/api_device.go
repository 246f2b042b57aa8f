package serve

import (
	"net/http"
	"os"
	goruntime "runtime"
	"time"

	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/simd"
)

// deviceOut is what the device is.
type deviceOut struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Go      string   `json:"go"`
	OS      string   `json:"os"`
	Arch    string   `json:"arch"`
	Board   string   `json:"board,omitempty"`
	CPU     string   `json:"cpu"`
	ISA     simd.ISA `json:"isa"`
	Cores   int      `json:"cores"`
	Uptime  float64  `json:"uptime_seconds"`
	Memory  struct {
		Total     int64 `json:"total"`
		Available int64 `json:"available"`
		Resident  int64 `json:"resident"`
	} `json:"memory"`
	Temperature *float64 `json:"temperature"` // °C
	Throttled   *bool    `json:"throttled"`
	Model       modelOut `json:"model"`
	Rehearses   bool     `json:"rehearses"`
	Token       bool     `json:"token"`
	MQTT        any      `json:"mqtt,omitempty"`
}

type modelOut struct {
	Image        bool  `json:"image"`
	Width        int   `json:"width,omitempty"`
	Height       int   `json:"height,omitempty"`
	Inputs       int   `json:"inputs"` // raw values
	Hidden       []int `json:"hidden"`
	Parameters   int64 `json:"parameters"`
	Classes      int   `json:"classes"`
	Int8         bool  `json:"int8"`
	Reconstructs bool  `json:"reconstructs"`
}

func (s *Server) device(w http.ResponseWriter, _ *http.Request) error {
	f, p := machine.Look(), s.service.Current()
	status := s.service.Status()
	out := deviceOut{
		Version: s.opt.Version, Go: goruntime.Version(), OS: f.OS, Arch: f.Arch, Board: f.Board, CPU: f.CPU, ISA: simd.Active(), Cores: f.Cores,
		Uptime: time.Since(status.Started).Seconds(), Rehearses: status.Memory.Rehearse, Token: s.opt.Token != "",
		Model: modelOut{p.Input().IsImage(), p.Input().Width, p.Input().Height, p.Input().Values(), p.Config.Hidden, p.Config.Parameters(), len(p.Classes), p.Int8, p.Reconstructs()},
	}
	out.Name, _ = os.Hostname()
	out.Memory.Total, out.Memory.Available, out.Memory.Resident = f.Memory.Total, f.Memory.Available, machine.ResidentMemory()
	if v, ok := machine.Temperature(); ok {
		out.Temperature = &v
	}
	if v, ok := machine.Throttled(); ok {
		out.Throttled = &v
	}
	if s.opt.MQTT != nil {
		out.MQTT = s.opt.MQTT()
	}
	answer(w, http.StatusOK, &out)
	return nil
}

func (s *Server) status(w http.ResponseWriter, _ *http.Request) error {
	answer(w, http.StatusOK, struct {
		*service.Status
		LastEvent uint64 `json:"last_event"`
	}{s.service.Status(), s.service.LastEvent()})
	return nil
}
