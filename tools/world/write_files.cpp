// SPDX-License-Identifier: Apache-2.0
#include "tools/world/write_files.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "tools/world/chain.hpp"
#include "tools/world/file_writer.hpp"
#include "tools/world/out_file.hpp"
#include "tools/world/tables.hpp"

namespace aisle::world {
namespace {

constexpr auto slice = std::chrono::seconds{20};

std::expected<void, world_error> make_folder(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) {
    return std::unexpected(world_error{
        errc::no_folder, fmt::format("the folder {} cannot be made: {}; give another with --out",
                                     folder.string(), code.message())});
  }
  return {};
}

std::expected<void, world_error> write_tables(const world_options& options, const chain& world) {
  const std::pair<std::string_view, std::string> tables[] = {
      {"stores.csv", stores_csv(world.branches())},
      {"products.csv", products_csv(world.goods())},
      {"truth/stores.ndjson", stores_truth(world.branches())},
      {"truth/products.ndjson", products_truth(world.goods())},
      {"truth/promotions.ndjson", promotions_truth(options, world.goods())},
  };
  for (const auto& [name, text] : tables) {
    if (const auto written = write_whole(options.out / name, text); !written) {
      return written;
    }
  }
  return {};
}

/// An hour in slices, each when its time has come.
void write_in_time(file_writer& writer, instant from, instant until, const pacer& pace) {
  for (auto at = from + slice; at < until; at += slice) {
    pace(at);
    writer.write_slice(at);
  }
  pace(until);
}

std::expected<world_summary, world_error> write_events(const world_options& options, chain& world,
                                                       const pacer& pace,
                                                       const topic_opener& open) {
  auto writer = file_writer::create(options, world, open ? open : open_files(options));
  if (!writer) {
    return std::unexpected(writer.error());
  }
  while (!world.over() && !writer->failed()) {
    const auto hour = world.now();
    world.run_hour(*writer);
    if (pace) {
      write_in_time(*writer, hour, world.now(), pace);
    }
    writer->end_hour(world.now());
  }
  return writer->finish();
}

}  // namespace

std::expected<world_summary, world_error> write_files(const world_options& options,
                                                      const pacer& pace, const topic_opener& open) {
  if (auto wrong = options.validate(); !wrong.empty()) {
    return std::unexpected(std::move(wrong.front()));
  }
  auto world = chain::open(options);
  if (!world) {
    return std::unexpected(world.error());
  }
  if (const auto made = make_folder(options.out / "truth"); !made) {
    return std::unexpected(made.error());
  }
  if (const auto written = write_tables(options, **world); !written) {
    return std::unexpected(written.error());
  }
  auto summary = write_events(options, **world, pace, open);
  if (!summary) {
    return summary;
  }
  const auto told = write_whole(options.out / "truth" / "summary.json", to_json(*summary));
  if (!told) {
    return std::unexpected(told.error());
  }
  return summary;
}

}  // namespace aisle::world
