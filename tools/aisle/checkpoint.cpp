// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tools/aisle/checkpoint_commands.hpp"

namespace aisle::tool {
namespace {

/// How an action is called, when it was not called so; empty when it was.
std::string usage(const checkpoint_options& o) {
  const auto expect = [&](std::size_t folders, bool state, std::string_view how) {
    return o.folders.size() == folders && o.state.empty() != state
               ? std::string{}
               : fmt::format("it is aisle checkpoint {}", how);
  };
  if (o.what == "export") return expect(1, true, "export OUTDIR --state DIR");
  if (o.what == "restore") return expect(1, true, "restore EXPORT --state NEW");
  if (o.what == "diff") return expect(2, false, "diff STATE_A STATE_B");
  return expect(0, true, o.what + " --state DIR");
}

/// An option that means nothing to this action; empty when there is none.
std::string misplaced(const checkpoint_options& o) {
  const bool diff = o.what == "diff";
  if (o.new_output && o.what != "restore") return "--new-output";
  if (o.limit && !diff) return "--limit";
  if (!o.topology.empty() && !diff && o.what != "verify") return "--topology";
  return {};
}

int refuse(std::string_view what) {
  fmt::print(stderr, "aisle: {}\naisle checkpoint --help lists what there is.\n", what);
  return nothing_done;
}

}  // namespace

int checkpoint_command(const checkpoint_options& options) {
  if (const auto wrong = usage(options); !wrong.empty()) {
    return refuse(wrong);
  }
  if (const auto option = misplaced(options); !option.empty()) {
    return refuse(fmt::format("checkpoint {} does not take {}", options.what, option));
  }
  if (options.what == "ls") return checkpoint_ls(options);
  if (options.what == "show") return checkpoint_show(options);
  if (options.what == "verify") return checkpoint_verify(options);
  if (options.what == "export") return checkpoint_export(options);
  if (options.what == "restore") return checkpoint_restore(options);
  return checkpoint_diff(options);
}

}  // namespace aisle::tool
