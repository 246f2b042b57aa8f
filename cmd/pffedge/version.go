package main

import (
	"fmt"
	goruntime "runtime"
	"runtime/debug"

	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// release is the version of this source tree; a build made by `go install
// …@version` says so itself.
const release = "0.1.0"

// versionInfo is what `pffedge version` tells.
type versionInfo struct {
	Version string   `json:"version"`
	Go      string   `json:"go"`
	OS      string   `json:"os"`
	Arch    string   `json:"arch"`
	Kernels simd.ISA `json:"kernels"`
}

func toolVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "v" + release
}

func thisVersion() versionInfo {
	return versionInfo{toolVersion(), goruntime.Version(), goruntime.GOOS, goruntime.GOARCH, simd.Active()}
}

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, the platform and the kernels in use",
		Example: "  pffedge version --json",
		Args:    noArgs,
		RunE: doing(func(*cobra.Command, []string) error {
			v := thisVersion()
			if a.json {
				return a.print(v)
			}
			_, err := fmt.Fprintf(a.stdout, "pffedge %s (%s, %s/%s, %s kernels)\n", v.Version, v.Go, v.OS, v.Arch, v.Kernels)
			return err
		}),
	}
}
