// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tools/world/out_file.hpp"
#include "tools/world/topic_writer.hpp"

namespace aisle::world {
namespace {

class topic_file final : public topic_writer {
 public:
  explicit topic_file(out_file file) : file_(std::move(file)) {}

  void write(const topic_record& what) override {
    file_.write(what.line);
    file_.write("\n");
  }
  void flush() override { file_.flush(); }
  bool failed() const override { return file_.failed(); }
  std::expected<void, world_error> finish() override { return file_.finish(); }

 private:
  out_file file_;
};

}  // namespace

topic_opener open_files(const world_options& options) {
  const auto named = options.speed > 0 ? out_file::name::at_once : out_file::name::when_complete;
  return [folder = options.out, named](
             std::string_view topic) -> std::expected<std::unique_ptr<topic_writer>, world_error> {
    auto file = out_file::create(folder / fmt::format("{}.ndjson", topic), named);
    if (!file) {
      return std::unexpected(file.error());
    }
    return std::make_unique<topic_file>(*std::move(file));
  };
}

}  // namespace aisle::world
