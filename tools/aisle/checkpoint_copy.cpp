// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/base/json_object.hpp"
#include "runtime/checkpoint/state_copy.hpp"
#include "runtime/kv/whole_copy.hpp"
#include "tools/aisle/checkpoint_commands.hpp"
#include "tools/aisle/progress.hpp"
#include "tools/aisle/state_folder.hpp"

namespace aisle::tool {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;

constexpr int export_format = 1;
constexpr const char* readme_name = "README.txt";

std::string hex(std::uint64_t number) { return fmt::format("{:016x}", number); }

std::string manifest_of(const checkpoint::exported& made) {
  std::string text;
  base::json_object line{text};
  line.integer("aisle_export", export_format);
  line.text("state", control::to_text(made.of));
  line.text("log", control::to_text(made.log));
  line.integer("generation", made.complete.generation.get());
  line.integer("epoch", static_cast<std::int64_t>(made.complete.epoch.get()));
  line.integer("bytes", static_cast<std::int64_t>(made.bytes));
  line.text("xxh3", hex(made.sum));
  line.text("program", AISLE_VERSION);
  line.end();
  return text;
}

std::string readme_of(const checkpoint::exported& made) {
  return fmt::format(
      "A copy of the state of an Aisle node, made by aisle checkpoint export.\n\n"
      "  data.mdb     the state, compact: {} bytes\n"
      "  export.json  of which state and epoch it is, and the checksum of data.mdb\n\n"
      "It is state {}\nas epoch {} left it. It can be looked into with\n\n"
      "  aisle checkpoint show --state THIS_FOLDER\n\n"
      "and no run goes on from it where it lies. To go on from it, make a state of it:\n\n"
      "  aisle checkpoint restore THIS_FOLDER --state NEW\n",
      made.bytes, control::to_text(made.of), control::to_text(made.complete));
}

/// The text of a file; empty when it cannot be read.
std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// What is wrong with an export; empty when it is whole.
std::string wrong_with(const fs::path& folder) {
  const auto facts = json::parse(content_of(folder / kv::export_file_name), nullptr, false);
  if (!facts.is_object() || facts.value("aisle_export", 0) < 1) {
    return fmt::format(
        "{} is no export: aisle checkpoint export makes one of a state, and ends by "
        "writing export.json",
        folder.string());
  }
  if (facts.value("aisle_export", 0) > export_format) {
    return fmt::format("{} was exported by a later version of Aisle", folder.string());
  }
  const auto sum = kv::sum_of_file(folder / kv::data_file_name);
  if (!sum) {
    return sum.error().message;
  }
  if (hex(*sum) != facts.value("xxh3", "")) {
    return fmt::format("{} is not as it was exported: its checksum is {}, and export.json has {}",
                       (folder / kv::data_file_name).string(), hex(*sum), facts.value("xxh3", ""));
  }
  return {};
}

void print_restored_json(const checkpoint::restored& made) {
  std::string text;
  base::json_object line{text};
  line.text("state", control::to_text(made.id));
  line.raw("from", attempt_json(made.from));
  line.integer("generation", made.generation.get());
  line.integer("undelivered_bytes", static_cast<std::int64_t>(made.undelivered_bytes));
  line.end();
  fmt::print("{}\n", text);
}

/// What a step back in time means for outputs that are out already.
void explain_outputs(const checkpoint_options& options, const checkpoint::restored& made) {
  if (!options.new_output) {
    fmt::print(
        stderr,
        "Outputs go on behind those of {0}: run it with the same --out. When the node it was\n"
        "exported from went on after that, its outputs are ahead of this state, and the run stops\n"
        "(exit 3: restored from too old a snapshot) rather than write over them or repeat them.\n"
        "Then restore once more with --new-output, and give an --out that is empty.\n",
        control::to_text(made.from));
    return;
  }
  fmt::print(
      stderr,
      "Outputs begin anew with what comes after {}: run it with an --out that is empty. A\n"
      "topic gets them behind what is there. What the node delivered after that epoch comes\n"
      "again there, each decision under the id it had.\n",
      control::to_text(made.from));
  if (made.undelivered_bytes > 0) {
    fmt::print(stderr,
               "{} bytes of outputs were complete, and maybe not delivered: they are in {}.\n",
               with_commas(made.undelivered_bytes),
               (fs::path{options.state} / checkpoint::undelivered_folder).string());
  }
}

}  // namespace

int checkpoint_export(const checkpoint_options& options) {
  const fs::path folder = options.folders.front();
  const auto state = open_state(options.state);
  if (!state) {
    return state_failure(state.error(), "Stop the node first, then export what it left.");
  }
  const auto made = checkpoint::export_state(**state, folder);
  if (!made) {
    return state_failure(made.error());
  }
  const auto manifest = manifest_of(*made);
  auto wrote = kv::append_to_file(folder / readme_name, readme_of(*made));
  // The last: without it, it is none.
  wrote = wrote ? kv::append_to_file(folder / kv::export_file_name, manifest + "\n") : wrote;
  if (!wrote) {
    return state_failure(wrote.error());
  }
  if (options.json) {
    fmt::print("{}\n", manifest);
    return done;
  }
  fmt::print(stderr,
             "aisle: {} holds epoch {} of {}, {} bytes, read back and sound\n"
             "Next: aisle checkpoint restore {} --state NEW\n",
             folder.string(), control::to_text(made->complete), options.state,
             with_commas(made->bytes), for_shell(folder.string()));
  return done;
}

int checkpoint_restore(const checkpoint_options& options) {
  const fs::path folder = options.folders.front();
  if (const auto wrong = wrong_with(folder); !wrong.empty()) {
    fmt::print(stderr, "aisle: {}\n", wrong);
    return nothing_done;
  }
  const checkpoint::restore_options how{
      .lanes = options.new_output ? checkpoint::restored_lanes::anew
                                  : checkpoint::restored_lanes::where_they_were,
      .ordered_by = fmt::format("aisle checkpoint restore {}", folder.string())};
  const auto made = checkpoint::restore_state(folder / kv::data_file_name, options.state, how,
                                              base::system_identities());
  if (!made) {
    return state_failure(made.error());
  }
  if (options.json) {
    print_restored_json(*made);
    return done;
  }
  fmt::print(stderr, "aisle: {} stands on epoch {}, and begins generation {}\n", options.state,
             control::to_text(made->from), made->generation.get());
  explain_outputs(options, *made);
  fmt::print(stderr, "Next: aisle run TOPOLOGY --state {} --out OUT\n", for_shell(options.state));
  return done;
}

}  // namespace aisle::tool
