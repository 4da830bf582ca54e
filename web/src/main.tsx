// Where the portal begins.
import '@fontsource-variable/inter/index.css'
import './kit/tokens.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { hasSession, onSignedOut } from './api/client'
import { Problem } from './api/problem'
import { forget } from './kit/leave'
import { namingCache } from './kit/names'
import { makeRouter } from './routes'

// What is sent without a network fails at once: nothing is kept to be sent later, unasked.
const again = (count: number, error: Error) => count < 2 && error instanceof Problem && (error.status === 0 || error.status >= 500)
const queries: QueryClient = new QueryClient({ queryCache: namingCache(() => queries), defaultOptions: { queries: { retry: again, staleTime: 30_000 }, mutations: { networkMode: 'always' } } })
const router = makeRouter(queries)
onSignedOut(() => {
  forget(queries)
  void router.navigate({ to: '/sign-in', search: { to: router.state.location.href } } as never)
})

// The page is loaded while it is asked who is signed in.
if (hasSession()) for (const { routeId } of router.matchRoutes(router.latestLocation)) void router.routesById[routeId]?.options.component?.preload?.()

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
