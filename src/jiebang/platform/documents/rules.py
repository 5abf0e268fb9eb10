"""Why a document is refused."""

from __future__ import annotations

from jiebang.kernel.errors import Rule

EMPTY = Rule(
    "document.empty",
    "文件为空（0 字节），未予采用。请检查原文件后重新上传。",
    "The file is empty (0 bytes) and was not accepted. Please check the original and upload it again.",
)
WRONG_SIZE = Rule(
    "document.wrong_size",
    "收到的文件为 {found} 字节，与登记的 {expected} 字节不符，未予采用。请重新上传。",
    "The file has {found} bytes, not the announced {expected}, and was not accepted. Please upload it again.",
)
WRONG_HASH = Rule(
    "document.wrong_hash",
    "收到的文件与登记的 SHA-256 校验值不符，未予采用。请重新上传。",
    "The file does not match its announced SHA-256 and was not accepted. Please upload it again.",
)
NOT_PDF = Rule(
    "document.not_pdf",
    "该文件不是单纯的 PDF 文件，未予采用。请由原稿重新导出为 PDF 后上传。",
    "The file is not purely a PDF and was not accepted. Please export it again as a PDF and upload that.",
)
ENCRYPTED = Rule(
    "document.encrypted",
    "PDF 已加密或设有密码，未予采用。请取消密码和权限限制后重新上传。",
    "The PDF is encrypted or protected by a password and was not accepted. Please remove the protection and upload it"
    " again.",
)
DAMAGED = Rule(
    "document.damaged",
    "PDF 已损坏，无法读取，未予采用。请由原稿重新导出后上传。",
    "The PDF is damaged and cannot be read; it was not accepted. Please export it again from the original and upload"
    " that.",
)
TOO_MANY_PAGES = Rule(
    "document.too_many_pages",
    "PDF 超过 {limit} 页，未予采用。请精简或拆分后重新上传。",
    "The PDF has more than {limit} pages and was not accepted. Please shorten or split it and upload it again.",
)
TOO_HEAVY = Rule(
    "document.too_heavy",
    "PDF 过于复杂，处理时超出内存或时间限制，未予采用。请简化图形或降低图片分辨率后重新上传。",
    "The PDF needs more memory or time than is allowed and was not accepted. Please simplify drawings or reduce image"
    " resolution and upload it again.",
)
ACTIVE = Rule(
    "document.active",
    "PDF 含有脚本、启动程序或提交表单等动态内容，未予采用。请“打印为 PDF”后重新上传。",
    "The PDF contains scripts, programs to launch or forms to submit and was not accepted. Please print it to a new PDF"
    " and upload that.",
)
ATTACHMENTS = Rule(
    "document.attachments",
    "PDF 内嵌有附件，未予采用。请移除附件，并将其作为单独的材料上传。",
    "The PDF has other files attached inside and was not accepted. Please remove them and upload them as separate"
    " materials.",
)
FORM = Rule(
    "document.form",
    "PDF 含有未固化的表单内容，无法安全制作匿名副本。请“打印为 PDF”后重新上传。",
    "The PDF has form entries without a fixed appearance, so no blind copy can be made safely. Please print it to a new"
    " PDF and upload that.",
)
UNSAFE = Rule(
    "document.unsafe",
    "PDF 的结构特殊，无法安全制作匿名副本。请由原稿重新导出为普通 PDF 后上传。",
    "The PDF is built in a way of which no blind copy can be made safely. Please export it again as an ordinary PDF and"
    " upload that.",
)

ALL = {
    rule.code: rule
    for rule in (
        EMPTY,
        WRONG_SIZE,
        WRONG_HASH,
        NOT_PDF,
        ENCRYPTED,
        DAMAGED,
        TOO_MANY_PAGES,
        TOO_HEAVY,
        ACTIVE,
        ATTACHMENTS,
        FORM,
        UNSAFE,
    )
}
