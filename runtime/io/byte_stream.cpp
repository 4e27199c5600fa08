// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/byte_stream.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/io/codec.hpp"

namespace aisle::io {
namespace {

// Large enough that the system call costs nothing beside copying its bytes.
constexpr std::size_t compressed_read_bytes = 256 << 10;

std::unexpected<error> changed(const std::filesystem::path& path, std::string_view how) {
  return base::fail(errc::changed,
                    fmt::format("{} {}; put the complete file back (write it aside and rename it), "
                                "then start again",
                                path.string(), how));
}

class plain_stream final : public byte_stream {
 public:
  plain_stream(std::filesystem::path path, std::unique_ptr<open_file> file, file_facts at_start)
      : path_{std::move(path)}, file_{std::move(file)}, at_start_{at_start} {}

  result<std::size_t> read(std::span<char> into) override {
    const auto got = file_->read(into);
    if (!got) {
      return std::unexpected{system_error(
          action::read, fmt::format("cannot read at byte {} of", offset_), path_, got.error())};
    }
    offset_ += *got;
    if (*got == 0) {
      if (auto same = check_unchanged(); !same) return std::unexpected{std::move(same.error())};
    }
    return *got;
  }

  result<void> skip_to(std::uint64_t offset) override {
    if (offset > at_start_.bytes) {
      return changed(path_, fmt::format("has {} bytes, but was read up to byte {} before",
                                        at_start_.bytes, offset));
    }
    if (auto moved = file_->seek(offset); !moved) {
      return std::unexpected{system_error(action::read, "cannot seek in", path_, moved.error())};
    }
    offset_ = offset;
    return {};
  }

  [[nodiscard]] std::uint64_t unread() const override {
    return at_start_.bytes - std::min(at_start_.bytes, offset_);
  }
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  result<void> check_unchanged() {
    const auto now = file_->facts();
    if (!now) {
      return std::unexpected{system_error(action::read, "cannot look at", path_, now.error())};
    }
    if (now->bytes < at_start_.bytes || offset_ < at_start_.bytes) {
      return changed(path_, fmt::format("shrank from {} to {} bytes while it was read",
                                        at_start_.bytes, std::min(now->bytes, offset_)));
    }
    if (*now != at_start_) return changed(path_, "was changed while it was read");
    return {};
  }

  std::filesystem::path path_;
  std::unique_ptr<open_file> file_;
  file_facts at_start_;
  std::uint64_t offset_ = 0;
};

// Looks at the end of a file before its name is looked up again: at fifty looks a second about
// twice in three seconds, so that a rotated file is told of soon and a quiet one costs next to
// nothing.
constexpr std::uint32_t looks_per_name = 32;

class growing_stream final : public byte_stream {
 public:
  growing_stream(std::filesystem::path path, std::unique_ptr<open_file> file, file_facts at_start,
                 disk& on)
      : path_{std::move(path)},
        file_{std::move(file)},
        at_start_{at_start},
        disk_{on},
        bytes_{at_start.bytes} {}

  result<std::size_t> read(std::span<char> into) override {
    const auto got = file_->read(into);
    if (!got) {
      return std::unexpected{system_error(
          action::read, fmt::format("cannot read at byte {} of", offset_), path_, got.error())};
    }
    offset_ += *got;
    bytes_ = std::max(bytes_, offset_);
    if (*got == 0) {
      if (auto grows = check_grows(); !grows) return std::unexpected{std::move(grows.error())};
    }
    return *got;
  }

  result<void> skip_to(std::uint64_t offset) override {
    if (offset > bytes_) {
      return shrunk(fmt::format("has {} bytes, but was read up to byte {} before", bytes_, offset));
    }
    if (auto moved = file_->seek(offset); !moved) {
      return std::unexpected{system_error(action::read, "cannot seek in", path_, moved.error())};
    }
    offset_ = offset;
    return {};
  }

  [[nodiscard]] std::uint64_t unread() const override { return bytes_ - offset_; }

 private:
  [[nodiscard]] std::unexpected<error> shrunk(std::string_view how) const {
    return base::fail(errc::changed,
                      fmt::format("{} {}; a file that is followed may only grow. Write what is new "
                                  "to its end, or follow a log of topics",
                                  path_.string(), how));
  }

  result<void> check_grows() {
    const auto now = file_->facts();
    if (!now) {
      return std::unexpected{system_error(action::read, "cannot look at", path_, now.error())};
    }
    if (now->bytes < offset_) {
      return shrunk(fmt::format("shrank to {} bytes, but {} were read", now->bytes, offset_));
    }
    bytes_ = now->bytes;
    return looks_++ % looks_per_name == 0 ? check_name() : result<void>{};
  }

  result<void> check_name() {
    const auto named = disk_.open(path_, disk::mode::read);
    const auto facts = named ? (*named)->facts() : std::unexpected{named.error()};
    if (facts && facts->same_file(at_start_)) return {};
    return shrunk(facts ? "is another file now" : "is gone");
  }

  std::filesystem::path path_;
  std::unique_ptr<open_file> file_;
  file_facts at_start_;
  disk& disk_;
  std::uint64_t bytes_;
  std::uint64_t offset_ = 0;
  std::uint32_t looks_ = 0;
};

class compressed_stream final : public byte_stream {
 public:
  compressed_stream(std::filesystem::path path, std::unique_ptr<plain_stream> raw,
                    std::unique_ptr<codec> by)
      : path_{std::move(path)},
        raw_{std::move(raw)},
        codec_{std::move(by)},
        input_(compressed_read_bytes) {}

  result<std::size_t> read(std::span<char> into) override {
    while (!failed_) {
      const auto made = codec_->step({input_.data() + begin_, end_ - begin_}, into);
      if (!made) {
        fail(fmt::format("damaged at byte {}: {}", raw_->offset() - (end_ - begin_), made.error()));
        break;
      }
      begin_ += made->consumed;
      if (made->produced > 0) {
        offset_ += made->produced;
        return made->produced;
      }
      if (begin_ == end_ && !refill()) return std::size_t{0};
    }
    return std::unexpected{*failed_};
  }

  result<void> skip_to(std::uint64_t offset) override {
    std::vector<char> scratch(compressed_read_bytes);
    while (offset_ < offset) {
      const auto wanted = std::min<std::uint64_t>(scratch.size(), offset - offset_);
      const auto got = read({scratch.data(), static_cast<std::size_t>(wanted)});
      if (!got) return std::unexpected{got.error()};
      if (*got == 0) {
        return changed(path_, fmt::format("holds {} bytes, but was read up to byte {} before",
                                          offset_, offset));
      }
    }
    return {};
  }

  [[nodiscard]] std::uint64_t unread() const override { return raw_->unread() + (end_ - begin_); }

 private:
  // False at the end of the data. After an error `failed_` is set.
  bool refill() {
    auto got = raw_->read(input_);
    if (!got) {
      failed_ = std::move(got.error());
      return true;
    }
    begin_ = 0;
    end_ = *got;
    if (*got > 0) return true;
    if (codec_->may_end()) return false;
    fail(fmt::format("cut off at byte {}", raw_->offset()));
    return true;
  }

  void fail(std::string_view what) {
    failed_ = {
        errc::corrupt,
        fmt::format("{} is {}; the {} bytes decompressed before were read; fetch or compress "
                    "the file anew",
                    path_.string(), what, offset_)};
  }

  std::filesystem::path path_;
  std::unique_ptr<plain_stream> raw_;
  std::unique_ptr<codec> codec_;
  std::vector<char> input_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
  std::optional<error> failed_;
};

std::unique_ptr<codec> codec_of(const std::filesystem::path& path) {
  const auto suffix = path.extension();
  if (suffix == ".gz") return make_gzip();
  if (suffix == ".zst") return make_zstd();
  return nullptr;
}

std::unexpected<error> no_file(const std::filesystem::path& path, const file_facts& found) {
  const bool folder = found.kind == file_kind::folder;
  return base::fail(
      errc::wrong_kind,
      folder ? fmt::format("{} is a folder; name its files, for example {}/*.ndjson", path.string(),
                           path.string())
             : fmt::format("{} is a pipe or a device; write it to a file, which can be read again "
                           "after a restart",
                           path.string()));
}

struct looked_at {
  std::unique_ptr<open_file> file;
  file_facts facts;
};

result<looked_at> open_file_of(const std::filesystem::path& path, disk& on) {
  auto file = on.open(path, disk::mode::read);
  if (!file) return std::unexpected{system_error(action::read, "cannot open", path, file.error())};
  const auto facts = (*file)->facts();
  if (!facts) {
    return std::unexpected{system_error(action::read, "cannot look at", path, facts.error())};
  }
  if (facts->kind != file_kind::file) return no_file(path, *facts);
  return looked_at{std::move(*file), *facts};
}

}  // namespace

result<std::unique_ptr<byte_stream>> open_bytes(const std::filesystem::path& path, disk& on) {
  auto found = open_file_of(path, on);
  if (!found) return std::unexpected{std::move(found.error())};
  auto raw = std::make_unique<plain_stream>(path, std::move(found->file), found->facts);
  if (auto codec = codec_of(path)) {
    return std::make_unique<compressed_stream>(path, std::move(raw), std::move(codec));
  }
  return raw;
}

result<std::unique_ptr<byte_stream>> open_growing(const std::filesystem::path& path, disk& on) {
  auto found = open_file_of(path, on);
  if (!found) return std::unexpected{std::move(found.error())};
  return std::make_unique<growing_stream>(path, std::move(found->file), found->facts, on);
}

bool is_compressed(const std::filesystem::path& path) { return codec_of(path) != nullptr; }

}  // namespace aisle::io
