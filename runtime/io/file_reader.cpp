// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/json.hpp"
#include "runtime/io/byte_stream.hpp"
#include "runtime/io/record_reader.hpp"
#include "runtime/io/record_splitter.hpp"

namespace aisle::io {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view gzip_magic = "\x1F\x8B";
constexpr std::string_view zstd_magic = "\x28\xB5\x2F\xFD";

std::string shown(std::string_view text) {
  constexpr std::size_t shown_max = 120;
  std::string quoted;
  base::append_json_string(quoted, text.substr(0, shown_max));
  return text.size() > shown_max ? quoted + " …" : quoted;
}

// Goes from file to file; what a record is, the splitter knows.
class files_in_order final : public file_reader {
 public:
  files_in_order(std::vector<std::filesystem::path> files, const reader_options& options, disk& on)
      : files_{std::move(files)}, options_{options}, disk_{on}, splitter_{options} {}

  // Looks at the beginning of every file, then stands before the first record of the first.
  result<void> open_all() {
    for (std::uint64_t file = 0; file < files_.size(); ++file) {
      if (auto opened = open(file); !opened) return opened;
      bytes_.push_back(splitter_.unread());
    }
    return file_ == 0 ? result<void>{} : open(0);
  }

  [[nodiscard]] const std::string& header() const override { return header_; }

  result<reading> next(raw_record& into) override {
    if (failed_) return std::unexpected{*failed_};
    const auto got = next_of_any(into);
    if (!got) {
      failed_ = got.error();
      return std::unexpected{*failed_};
    }
    if (!*got) return options_.follow ? reading::caught_up : reading::end;
    into.ordinal = ordinal_;
    ordinal_ = ordinal_.next();
    byte_ = splitter_.offset();
    return reading::record;
  }

  [[nodiscard]] read_position position(base::partition_id of) const override {
    return {.partition = of, .file = file_, .byte = byte_, .ordinal = ordinal_};
  }

  [[nodiscard]] std::optional<backlog> behind(base::partition_id /*of*/) const override {
    if (!options_.follow) return std::nullopt;
    auto bytes = splitter_.unread();
    for (auto file = file_ + 1; file < files_.size(); ++file) {
      bytes += bytes_[file];
    }
    return backlog{.bytes = bytes, .records = std::nullopt};
  }

  bool watch(file_watch& by) const override {
    return options_.follow && !is_compressed(files_.back()) && by.add(files_.back());
  }

  result<void> seek(const read_position& to) override {
    failed_.reset();
    auto there = go_to(to);
    if (!there) {
      failed_ = there.error();
      file_ = to.file;
    }
    byte_ = there ? splitter_.offset() : to.byte;
    ordinal_ = to.ordinal;
    return there;
  }

 private:
  const std::filesystem::path& path() const { return files_[file_]; }

  result<bool> next_of_any(raw_record& into) {
    while (true) {
      auto got = splitter_.next(into);
      if (!got || *got || file_ + 1 == files_.size()) return got;
      if (auto opened = open(file_ + 1); !opened) return std::unexpected{opened.error()};
    }
  }

  result<void> go_to(const read_position& to) {
    if (to.file >= files_.size()) {
      return base::fail(errc::changed,
                        fmt::format("the source has {} files, but was read up to file "
                                    "{} before; put the missing ones back",
                                    files_.size(), to.file + 1));
    }
    if (auto opened = open(to.file); !opened) return opened;
    if (to.byte <= splitter_.offset()) return {};
    const auto fits = splitter_.skip_to(to.byte);
    if (!fits) return std::unexpected{fits.error()};
    if (*fits) return {};
    return base::fail(
        errc::changed,
        fmt::format("{} was read up to byte {} before, but no record begins there any "
                    "more; put the file back that was read",
                    path().string(), to.byte));
  }

  // Stands before the first record of a file.
  result<void> open(std::uint64_t file) {
    const bool grows = options_.follow && file + 1 == files_.size() && !is_compressed(files_[file]);
    auto stream = grows ? open_growing(files_[file], disk_) : open_bytes(files_[file], disk_);
    if (!stream) return std::unexpected{std::move(stream.error())};
    file_ = file;
    splitter_.attach(std::move(*stream), grows);
    auto taken = take_mark();
    if (taken && options_.framing == framing::csv) taken = take_header();
    byte_ = splitter_.offset();
    return taken;
  }

  result<void> take_mark() {
    const auto start = splitter_.peek(zstd_magic.size());
    if (!start) return std::unexpected{start.error()};
    const bool gzip = start->starts_with(gzip_magic);
    if (gzip || start->starts_with(zstd_magic)) {
      return base::fail(errc::corrupt,
                        fmt::format("{} holds compressed data; name it {}{}", path().string(),
                                    path().filename().string(), gzip ? ".gz" : ".zst"));
    }
    if (start->starts_with(byte_order_mark)) splitter_.drop(byte_order_mark.size());
    return {};
  }

  result<void> take_header() {
    raw_record found;
    const auto got = splitter_.next(found);
    if (!got) return std::unexpected{got.error()};
    if (!*got || found.bytes.empty()) {
      return base::fail(errc::header, fmt::format("{} has no header: its first line must name the "
                                                  "columns",
                                                  path().string()));
    }
    if (found.oversized()) {
      return base::fail(
          errc::header,
          fmt::format("the header of {} is {} bytes long, at most {} are read; is it a "
                      "CSV file?",
                      path().string(), found.length, options_.record_bytes_max));
    }
    if (header_.empty()) header_ = found.bytes;
    if (header_ == found.bytes) return {};
    return base::fail(
        errc::header,
        fmt::format("{} has the header {}, but {} has {}; all files of a source need "
                    "the same columns in the same order",
                    path().string(), shown(found.bytes), files_.front().string(), shown(header_)));
  }

  std::vector<std::filesystem::path> files_;
  reader_options options_;
  disk& disk_;
  record_splitter splitter_;
  std::string header_;
  std::uint64_t file_ = 0;
  // What each file held when it was looked at first.
  std::vector<std::uint64_t> bytes_;
  // Where the next record begins; the splitter's own offset is ahead after an error.
  std::uint64_t byte_ = 0;
  base::offset ordinal_{0};
  std::optional<error> failed_;
};

}  // namespace

result<std::unique_ptr<file_reader>> open_files(std::vector<std::filesystem::path> files,
                                                const reader_options& options, disk& on) {
  if (files.empty()) {
    return base::fail(errc::not_found, "a source needs at least one file; check its path or glob");
  }
  auto reader = std::make_unique<files_in_order>(std::move(files), options, on);
  if (auto opened = reader->open_all(); !opened) return std::unexpected{std::move(opened.error())};
  return reader;
}

}  // namespace aisle::io
