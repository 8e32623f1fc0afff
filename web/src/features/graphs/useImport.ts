import { useState } from 'react'
import { toast } from '@/ui/toast'

import { sentenceOf } from '@/api/ApiError'
import { useImportFile } from '@/api/graphs'
import type { ImportReport } from '@/api/shapes'

export interface Import {
  busy: boolean
  report: ImportReport | null
  /** Opens the system's file dialog. */
  choose: () => void
  /** Imports these files, one after the other; a bad one does not stop the rest. */
  take: (files: File[]) => void
  closeReport: () => void
}

export function useImport(): Import {
  const { mutateAsync } = useImportFile()
  const [busy, setBusy] = useState(false)
  const [report, setReport] = useState<ImportReport | null>(null)

  const importAll = async (files: File[]) => {
    setBusy(true)
    const whole: ImportReport = { graphs: [], problems: [] }
    for (const file of files) {
      try {
        const { graphs, problems } = await mutateAsync(file)
        whole.graphs.push(...graphs)
        whole.problems.push(...problems)
      } catch (error) {
        whole.problems.push({ file: file.name, what: sentenceOf(error), kept: false })
      }
    }
    setBusy(false)
    const [only, ...others] = whole.graphs
    if (only !== undefined && others.length === 0 && whole.problems.length === 0) {
      toast.success(`“${only.title}” was imported`)
    } else {
      setReport(whole)
    }
  }
  const take = (files: File[]) => {
    if (files.length > 0) void importAll(files)
  }
  const choose = () => {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = '.json,.zip,application/json,application/zip'
    input.multiple = true
    input.onchange = () => {
      take([...(input.files ?? [])])
    }
    input.click()
  }
  return { busy, report, choose, take, closeReport: () => setReport(null) }
}
